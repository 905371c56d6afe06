import { join } from 'node:path'
import { execa } from 'execa'

/** One command whose cost is measured. */
export interface Measured {
  readonly argv: readonly [string, ...string[]]
  /** All of its environment. */
  readonly env: Readonly<Record<string, string>>
  /** Its standard input, empty unless told. */
  readonly input?: string
}

/**
 * Runs each command once a round, so that what else the machine does meets all of them alike. Every run
 * must end with 0.
 *
 * @param netns network namespace of /run/netns in which they run; this one unless told
 * @returns milliseconds of processor time, user and system, children included: for each command one a round
 */
export async function cpuTimes(
  commands: readonly Measured[],
  rounds: number,
  netns?: string,
): Promise<readonly (readonly number[])[]> {
  const order = {
    rounds,
    commands: commands.map(({ argv, env, input = '' }) => ({ argv, env, code: 0, input })),
  }
  const script = join(import.meta.dirname, 'cpu-time.py')
  const inside = netns === undefined ? [] : ['nsenter', `--net=/run/netns/${netns}`]
  const [command = '', ...args] = [...inside, '/usr/bin/python3', '-I', script]
  const { stdout } = await execa(command, args, { input: JSON.stringify(order) })
  const times: unknown = JSON.parse(stdout)
  if (!Array.isArray(times) || times.length !== commands.length) throw new Error(`cpu-time.py: ${stdout}`)
  return times.map(list => (Array.isArray(list) ? list.map(Number) : []))
}

/** The middle value; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN
  return (upper + lower) / 2
}

/** The median of one command's time over another's of the same round. */
export function pairedRatio(times: readonly number[], against: readonly number[]): number {
  return median(times.map((time, round) => time / (against[round] ?? Number.NaN)))
}
