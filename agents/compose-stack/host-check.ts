import { askPath } from '../../lib/host/hung-path.ts'
import { readMounts } from '../../lib/host/mounts.ts'
import type { Action, Problem } from '../../lib/ocf/agent.ts'
import { askCompose, complaintOf, findCompose } from './compose-command.ts'
import { modelWarnings } from './model-warnings.ts'
import type { Settings } from './parameters.ts'

const directoryMs = 10_000
const configMs = 30_000

/** What start needs on this node: the mount, the directory, compose, and files that compose can read. */
export async function checkHost(action: Action<Settings>): Promise<readonly Problem[]> {
  const { directory, requiredMount } = action.settings
  if (requiredMount !== undefined && !readMounts().some(mount => mount.mountPoint === requiredMount)) {
    return [
      {
        kind: 'passing',
        text: `nothing is mounted on ${requiredMount} (required_mount): start its resource first, see mount and crm status`,
      },
    ]
  }
  action.deadline.waitFor(`an answer of the filesystem under ${directory}`)
  const folder = await askPath({ kind: 'stat', path: directory }, directoryMs)
  if (folder.kind === 'hung')
    return [
      { kind: 'passing', text: `${directory} does not answer: its filesystem hangs; check the storage` },
    ]
  if (folder.kind !== 'ok')
    return [
      {
        kind: 'host',
        text: `directory ${directory} does not exist on this node: is its filesystem mounted?`,
      },
    ]
  const compose = await findCompose(action)
  if (compose === undefined) {
    return [
      {
        kind: 'software',
        text: 'docker compose is not installed on this node: apt install docker-compose (v2: docker-compose-plugin)',
      },
    ]
  }
  action.deadline.waitFor('docker compose config')
  // Only v2 prints JSON; v1 takes an unknown option for a wish to see its usage, and exits 0.
  const args = compose.major >= 2 ? ['config', '--format', 'json'] : ['config', '--quiet']
  const config = await askCompose(action, compose, args, configMs)
  if (config.code !== 0) {
    const text = `compose cannot use the files in ${directory}: ${complaintOf(config)}`
    return [{ kind: config.timedOut ? 'passing' : 'host', text }]
  }
  for (const warning of modelWarnings(action.settings, compose.major >= 2 ? config.stdout : '{}'))
    action.report.warn(warning)
  return []
}
