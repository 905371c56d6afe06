import type { Action, Problem } from '../../lib/ocf/agent.ts'
import { findGround } from './filesystem.ts'
import type { Settings } from './parameters.ts'

const readlinkMs = 10_000

/** What start needs on this node: the filesystem itself, and a directory without symbolic links. */
export async function checkHost(action: Action<Settings>): Promise<readonly Problem[]> {
  const { directory, recoveryWaitMs } = action.settings
  const ground = findGround(action.settings)
  if (ground.kind === 'wrong') return [{ kind: 'passing', text: ground.reason }]
  action.deadline.waitFor(`an answer of the filesystem under ${directory}`)
  const limit = Math.min(action.deadline.remainingOfShareMs(0.8), Math.max(readlinkMs, recoveryWaitMs))
  const real = await action.run('/usr/bin/readlink', ['-e', '--', directory], {
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
    return [{ kind: 'host', text: `directory ${directory} does not exist on ${ground.mount.source}` }]
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
