import { askPath } from '../../../lib/host/hung-path.ts'
import type { Cib } from '../../pacemaker/cib.ts'
import { LookFailure } from '../ask.ts'

/** A file with a secret in it, and who may read it. */
export interface SecretFile {
  readonly path: string
  /** Who names it: `p_fence (password_file)`, or the program that reads it. */
  readonly usedBy: string
  /** Permission bits. */
  readonly mode: number
  /** Group that a daemon needs to read it by. */
  readonly groupMayRead: boolean
}

/** A file that is to be looked at. */
export type NamedFile = Omit<SecretFile, 'mode'>

/** Keys of the cluster itself, where their packages put them. */
const clusterKeys: readonly NamedFile[] = [
  { path: '/etc/corosync/authkey', usedBy: 'corosync', groupMayRead: false },
  // haclient, so that tools of other users than root can ask remote nodes.
  { path: '/etc/pacemaker/authkey', usedBy: 'pacemaker', groupMayRead: true },
]

/** Parameters that name a file with a secret in it, whatever their agent is called. */
const namesSecret = /(^|_)(password_file|passwd_file|passfile|key_file|keyfile|identity_file|login_file)$/

export function secretFilesIn(cib: Cib): readonly NamedFile[] {
  const named = cib.resources.flatMap(({ id, parameters }) =>
    [...parameters]
      .filter(([name, path]) => namesSecret.test(name) && path.startsWith('/'))
      .map(([name, path]) => ({ path, usedBy: `${id} (${name})`, groupMayRead: false })),
  )
  const first = new Map<string, NamedFile>()
  for (const file of [...clusterKeys, ...named]) if (!first.has(file.path)) first.set(file.path, file)
  return [...first.values()]
}

/**
 * Modes of these files; those that are not on this node are left out. Any of them may lie on a filesystem that
 * hangs, so a child looks, and nobody waits for it beyond its time.
 * @returns beside them the failure that names those that could not be looked at
 */
export async function lookAtSecretFiles(
  files: readonly NamedFile[],
  timeoutMs: number,
): Promise<{ readonly seen: readonly SecretFile[]; readonly failure: LookFailure | undefined }> {
  const seen: SecretFile[] = []
  const failed: string[] = []
  await Promise.all(
    files.map(async file => {
      const answer = await askPath({ kind: 'stat', path: file.path }, timeoutMs)
      if (answer.kind === 'ok') seen.push({ ...file, mode: answer.mode })
      else if (answer.kind === 'hung') failed.push(`${file.path} gave no answer in time`)
      else if (answer.kind === 'error') failed.push(answer.text)
    }),
  )
  seen.sort((one, other) => one.path.localeCompare(other.path))
  return { seen, failure: failed.length === 0 ? undefined : new LookFailure(failed.join('; ')) }
}
