import { searchPath } from '../../lib/host/binary.ts'
import { processStartTime, type RecordedProcess } from '../../lib/host/processes.ts'

/** How far the log was read. */
export interface LogPosition {
  readonly inode: number
  readonly offset: number
}

/** Most bytes that one child reads; what is older was too much to be read in time. */
const mostBytes = 1024 * 1024

/**
 * Arguments: file with stars, pattern, inode and offset read so far (0 0 before the first time), where the
 * answer goes. The newest file counts; what was in it before the first time does not. The answer is
 * `inode offset lines`, moved into its place whole.
 */
const script = `
IFS=
newest=
for file in $1; do
  if [ -f "$file" ] && { [ -z "$newest" ] || [ "$file" -nt "$newest" ]; }; then newest=$file; fi
done
[ -n "$newest" ] || exit 0
exec 3< "$newest" || exit 0
IFS=' '
set -- "$@" $(stat -L -c '%i %s' /proc/self/fd/3)
inode=$6 size=$7 offset=$4 lines=0
[ "$3" = "$inode" ] || offset=0
[ "$3" = 0 ] && offset=$size
[ "$offset" -gt "$size" ] && offset=0
[ $((size - offset)) -gt ${mostBytes} ] && offset=$((size - ${mostBytes}))
lines=$(tail -c +$((offset + 1)) <&3 | head -c $((size - offset)) | grep -cE -e "$2")
echo "$inode $size \${lines:-0}" > "$5.new" && mv "$5.new" "$5"
`

/**
 * Starts a child that looks for new lines of a log which may lie on a hung filesystem. Nobody waits for it:
 * what it found is read by a later monitor, and if it hangs it hangs alone.
 * @returns the child, to be remembered; undefined when it could not be started
 */
export async function startLogReader(
  file: string,
  pattern: string,
  { inode, offset }: LogPosition,
  answerFile: string,
): Promise<RecordedProcess | undefined> {
  const { spawn } = await import('node:child_process')
  const child = spawn(
    '/bin/sh',
    ['-c', script, 'log-reader', file, pattern, String(inode), String(offset), answerFile],
    { cwd: '/', env: { PATH: searchPath(), LC_ALL: 'C' }, stdio: 'ignore', detached: true },
  )
  child.on('error', () => undefined)
  child.unref()
  const startTime = child.pid === undefined ? undefined : processStartTime(child.pid)
  return child.pid === undefined || startTime === undefined ? undefined : { pid: child.pid, startTime }
}
