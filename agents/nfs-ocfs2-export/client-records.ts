import type { Action } from '../../lib/ocf/agent.ts'
import { ActionFailure, ExitCode } from '../../lib/ocf/exit-codes.ts'
import type { Settings } from './parameters.ts'

/** Where the records of one node's server lie on the shared filesystem. */
export interface RecordFolders {
  readonly nfsdcld: string
  /** Whom rpc.statd watches now. */
  readonly statd: string
  /** Whom sm-notify has to tell of a restart; of its own, so that it never touches what statd writes now. */
  readonly notify: string
  /** Connections to the floating address, one a line: `SERVER:PORT CLIENT:PORT`. */
  readonly connections: string
}

export function recordFolders(stateDirectory: string, node: string): RecordFolders {
  const home = `${stateDirectory}/${node}`
  return {
    nfsdcld: `${home}/nfsdcld`,
    statd: `${home}/statd`,
    notify: `${home}/notify`,
    connections: `${home}/connections`,
  }
}

/** The name of this node as a folder. */
export function nodeFolder(name: string): string {
  const plain = name.trim().replace(/[^A-Za-z0-9._-]/g, '_')
  return /^\.*$/.test(plain) ? 'node' : plain
}

/**
 * Makes the records of the node that served last this node's own. `serving` names that node and is
 * replaced last, so that a take-over that was killed is begun anew. The own records of an earlier time are
 * dropped: a client that lost its lock to another since then must not reclaim it (RFC 8881, 8.4.3).
 */
export const takeOverScript = [
  'set -e; umask 077; base=$1; node=$2; owner=$3',
  '[ ! -L "$base" ] || { echo "$base is a symbolic link" >&2; exit 1; }',
  'mkdir -p "$base"; chmod 711 "$base"',
  'last=$(head -c 255 "$base/serving" 2>/dev/null | tr -dc A-Za-z0-9._-) || last=',
  'case $last in ""|.|..) last=$node ;; esac',
  'home=$base/$node; rm -rf "$home.new"',
  'if [ "$last" != "$node" ] && [ -d "$base/$last" ]; then',
  '  cp -a "$base/$last" "$home.new"; rm -rf "$home"; mv "$home.new" "$home"; echo "from $last"',
  'fi',
  'mkdir -p "$home/nfsdcld" "$home/statd/sm" "$home/statd/sm.bak" "$home/notify/sm" "$home/notify/sm.bak"',
  'find "$home/statd/sm" "$home/statd/sm.bak" -type f -exec mv -f -t "$home/notify/sm.bak" {} +',
  'data=$home/nfsdcld/main.sqlite',
  'if [ -s "$data" ] && [ "$(head -c 13 "$data")" != "SQLite format" ]; then',
  '  mv -f "$data" "$data.broken"; rm -f "$data"-*; echo broken',
  'fi',
  'chmod 711 "$home"; chown -R "$owner" "$home/statd" "$home/notify"',
  'printf %s "$node" > "$base/serving.new"; mv -f "$base/serving.new" "$base/serving"; sync -f "$base"',
].join('\n')

/** rpc.statd and sm-notify work as the owner of their folder (rpc.statd(8)). */
const statdUser = 'statd'

/** Before nfsd starts, which decides by these records whether it has a grace. @throws ActionFailure */
export async function takeOverRecords(
  action: Action<Settings>,
  stateDirectory: string,
  node: string,
): Promise<void> {
  action.deadline.waitFor(`the client records in ${stateDirectory}`)
  const result = await action.work.command(
    'take-over of client records',
    '/bin/sh',
    ['-c', takeOverScript, 'sh', stateDirectory, node, statdUser],
    { timeoutMs: action.deadline.remainingMs() },
  )
  if (result.timedOut || result.code !== 0) {
    const because = result.timedOut ? 'its filesystem hangs' : result.stderr.trim().split('\n').at(-1)
    throw new ActionFailure(
      ExitCode.generic,
      `the client records in ${stateDirectory} (state_directory) cannot be used: ${because}`,
    )
  }
  for (const line of result.stdout.split('\n')) {
    if (line.startsWith('from '))
      action.report.info(`taking over the client records of node ${line.slice(5)}`)
    if (line === 'broken')
      action.report.error(
        `the database of NFSv4 clients in ${stateDirectory}/${node} is broken and was set aside: their locks are lost`,
      )
  }
}
