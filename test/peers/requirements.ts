import { execa } from 'execa'

/** Why this machine cannot carry the layer; undefined: it can. */
export async function missing(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'its Docker engines need root: run it as root'
  if (process.arch !== 'x64')
    return `its engines and images are made for x86-64, this machine is ${process.arch}`
  const { failed, stderr } = await execa('unshare', ['--mount', '--net', '--pid', '--fork', 'true'], {
    reject: false,
  })
  return failed ? `namespaces cannot be had here: ${stderr}` : undefined
}
