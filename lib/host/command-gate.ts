/**
 * A child that waits behind a gate: a shell that holds the pid until the caller has recorded it, then
 * becomes the command (exec keeps pid and start time). Should the caller die first, the gate reads the
 * end of its pipe and leaves without having run anything. It also enters the working directory, so that
 * a hung directory or program stops the child and never the agent: libuv waits for exec in spawn().
 */
const script = [
  'read -r go <&3 || exit 0',
  'cd -- "$1" || { echo directory >&3; exit 126; }',
  'shift',
  '[ -x "$1" ] || { echo missing >&3; exit 127; }',
  'exec "$@" 3>&-',
].join('; ')

/** File descriptor of the child on which the gate waits for its go-ahead and tells what went wrong. */
export const gateDescriptor = 3

/** What to spawn for a gated command: the shell sees the command as arguments only, never as text. */
export function gatedCommand(
  cwd: string,
  binary: string,
  args: readonly string[],
): { readonly binary: string; readonly args: readonly string[] } {
  return { binary: '/bin/sh', args: ['-c', script, 'gate', cwd, binary, ...args] }
}
