import { execa } from 'execa'

/** Why this machine cannot carry the layer; undefined: it can. */
export async function missing(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'it installs packages in a root folder of its own: run it as root'
  const { failed, stderr } = await execa('unshare', ['--mount', '--uts', 'true'], { reject: false })
  return failed ? `mount namespaces cannot be had here: ${stderr}` : undefined
}
