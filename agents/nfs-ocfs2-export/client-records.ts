import { kernelText } from '../../lib/host/processes.ts'

/** Where the records of clients lie on the shared filesystem: one server has them, wherever it runs. */
export interface RecordFolders {
  readonly nfsdcld: string
  /** Whom rpc.statd watches now. */
  readonly statd: string
  /** Whom sm-notify has to tell of a restart; of its own, so that it never touches what statd writes now. */
  readonly notify: string
  /** Connections to the floating address, one a line: `SERVER:PORT CLIENT:PORT`. */
  readonly connections: string
}

export function recordFolders(stateDirectory: string): RecordFolders {
  const home = `${stateDirectory}/server`
  return {
    nfsdcld: `${home}/nfsdcld`,
    statd: `${home}/statd`,
    notify: `${home}/notify`,
    connections: `${home}/connections`,
  }
}

/** The name of this node as it is written into a file. */
export function nodeLabel(name: string): string {
  return name.trim().replace(/[^A-Za-z0-9._-]/g, '_')
}

/** rpc.statd and sm-notify work as the owner of their folder (rpc.statd(8)). */
export const statdUser = 'statd'

/** Who owns these records on this node, by its own /etc/passwd: nodes may have given the name different numbers. */
export function statdUid(passwd: string = kernelText('/etc/passwd')): string {
  return new RegExp(`^${statdUser}:[^:]*:(\\d+):`, 'm').exec(passwd)?.[1] ?? ''
}

/**
 * Before nfsd starts, which decides by the records of its clients whether it has a grace. Arguments: state
 * directory, this node, owner of the records of statd, the owner's number here. They are used where they lie: a
 * dead node writes nothing any more, and to copy them is most of what a move would cost on a cluster filesystem. A
 * take-over that was killed is made good by the next. Clients of NFSv3 that were watched are to be notified.
 */
export const takeOverScript = [
  'set -e; umask 077; base=$1; node=$2; owner=$3; uid=$4; home=$base/server; data=$home/nfsdcld/main.sqlite',
  '[ ! -L "$base" ] || { echo "$base is a symbolic link" >&2; exit 1; }',
  'if [ ! -d "$home/notify/sm.bak" ]; then',
  '  mkdir -p "$home/nfsdcld" "$home/statd/sm" "$home/statd/sm.bak" "$home/notify/sm"',
  '  chmod 711 "$base" "$home"; mkdir "$home/notify/sm.bak"',
  'fi',
  'last=; of=; read -r last of 2>/dev/null < "$base/serving" || :',
  'case $last in "" | "$node" | *[!A-Za-z0-9._-]*) ;; *) echo "from $last" ;; esac',
  'set --',
  'for file in "$home"/statd/sm/* "$home"/statd/sm.bak/*; do',
  '  [ -L "$file" ] || [ ! -f "$file" ] || set -- "$@" "$file"',
  'done',
  '[ $# = 0 ] || mv -f -t "$home/notify/sm.bak" -- "$@"',
  'if [ -s "$data" ] && [ "$(head -c 13 "$data")" != "SQLite format" ]; then',
  '  mv -f "$data" "$data.broken"; rm -f "$data"-*; echo broken',
  'fi',
  // Written last: whoever reads this number finds all of it owned so.
  '[ -n "$uid" ] && [ "$uid" = "$of" ] || chown -R "$owner" "$home/statd" "$home/notify"',
  'printf %s "$node $uid" > "$base/serving"',
].join('\n')
