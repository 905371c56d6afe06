import { readFileSync } from 'node:fs'
import { askPath } from '../../lib/host/hung-path.ts'
import { isLocalPath, type Mount, readMounts } from '../../lib/host/mounts.ts'

/** One line of etab: what exportfs has told mountd. */
export interface ExportEntry {
  readonly directory: string
  readonly client: string
  readonly options: readonly string[]
}

const etabPath = '/var/lib/nfs/etab'
const answerMs = 3000
const longestEtab = 512 * 1024

/** @returns undefined when it cannot be read, which is not the same as nothing being exported */
export async function readEtab(
  mounts: readonly Mount[] = readMounts(),
): Promise<readonly ExportEntry[] | undefined> {
  // heartbeat:nfsserver can put /var/lib/nfs on the shared filesystem, which may hang.
  if (isLocalPath(etabPath, mounts)) {
    try {
      return parseEtab(readFileSync(etabPath, 'utf8'))
    } catch (cause) {
      return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT' ? [] : undefined
    }
  }
  const answer = await askPath({ kind: 'readFile', path: etabPath, maxBytes: longestEtab }, answerMs)
  if (answer.kind === 'absent') return []
  return answer.kind === 'ok' && !answer.truncated ? parseEtab(answer.text) : undefined
}

/** Lines `directory TAB client(options)`; others are left out. */
export function parseEtab(text: string): readonly ExportEntry[] {
  const entries: ExportEntry[] = []
  for (const line of text.split('\n')) {
    const [, directory, client, options] = /^(\/\S*)\s+(.+)\(([^()]*)\)\s*$/.exec(line) ?? []
    if (directory === undefined || client === undefined || options === undefined) continue
    entries.push({ directory: unescaped(directory), client: unescaped(client), options: options.split(',') })
  }
  return entries
}

/** nfs-utils writes blanks and other special bytes as three octal digits. */
function unescaped(text: string): string {
  if (!text.includes('\\')) return text
  return Buffer.from(
    text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))),
    'latin1',
  ).toString('utf8')
}

/** The fsid by which clients know the filesystem of an export. */
export function fsidOf({ options }: ExportEntry): string | undefined {
  return options.find(option => option.startsWith('fsid='))?.slice('fsid='.length)
}
