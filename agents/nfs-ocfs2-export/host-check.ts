import { findBinary } from '../../lib/host/binary.ts'
import { type Mount, mountOf, readMounts } from '../../lib/host/mounts.ts'
import type { Action, Problem } from '../../lib/ocf/agent.ts'
import { findGround } from './filesystem.ts'
import type { Settings } from './parameters.ts'

/** With their Debian packages. */
const recordDaemons = {
  'rpc.nfsd': 'nfs-kernel-server',
  nfsdcld: 'nfs-kernel-server',
  'rpc.statd': 'nfs-common',
  'sm-notify': 'nfs-common',
  rpcbind: 'rpcbind',
} as const

const readlinkMs = 10_000

/** What start needs on this node: the filesystem itself, and a directory without symbolic links. */
export async function checkHost(action: Action<Settings>): Promise<readonly Problem[]> {
  const { directory, recoveryWaitMs } = action.settings
  const ground = findGround(action.settings)
  if (ground.kind === 'wrong') return [{ kind: 'passing', text: ground.reason }]
  const records = recordProblems(action.settings, ground.mount)
  if (records.length > 0) return records
  action.deadline.waitFor(`an answer of the filesystem under ${directory}`)
  const limit = Math.min(action.deadline.remainingOfShareMs(0.8), Math.max(readlinkMs, recoveryWaitMs))
  const real = await action.run('/usr/bin/readlink', ['-e', '--', `${directory}/.`], {
    timeoutMs: limit,
    detached: true,
  })
  if (real.timedOut) {
    const seconds = Math.round(limit / 1000)
    return [
      {
        kind: 'passing',
        text: `${directory} gave no answer in ${seconds} s: OCFS2 in recovery, or a dead device or peer`,
      },
    ]
  }
  if (real.code !== 0)
    return [{ kind: 'host', text: `${directory} (directory) is not a directory on ${ground.mount.source}` }]
  const target = real.stdout.trimEnd()
  return target === directory
    ? []
    : [
        {
          kind: 'host',
          text: `directory ${directory} leads to ${target} by a symbolic link: configure that path itself`,
        },
      ]
}

/** What carrying the locks of clients needs: daemons, and records that the next node can read. */
function recordProblems({ stateDirectory, directory }: Settings, mount: Mount): readonly Problem[] {
  if (stateDirectory === undefined) return []
  if (mountOf(stateDirectory, readMounts())?.device !== mount.device) {
    const text = `state_directory ${stateDirectory} is not on the filesystem of ${directory}: the next node could not read it`
    return [{ kind: 'host', text }]
  }
  return Object.entries(recordDaemons)
    .filter(([binary]) => findBinary(binary) === undefined)
    .map(([binary, debianPackage]) => ({
      kind: 'software',
      text: `${binary} is not installed on this node, state_directory needs it: apt install ${debianPackage}`,
    }))
}
