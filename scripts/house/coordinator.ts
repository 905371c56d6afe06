import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export const COORDINATOR_PORT = 6638

/** A played Zigbee coordinator; it ends with the process that started it at the latest. */
export interface HouseCoordinator {
  /** The radio's firmware stops, its TCP bridge stays up. */
  hang(): Promise<void>
  resume(): Promise<void>
  close(): Promise<void>
}

/**
 * Starts the player on an address of a network namespace in `/run/netns`.
 *
 * @param memory file of the radio's memory, which outlives the player
 * @throws with the player's own complaint, such as an address in use
 */
export async function startCoordinator(
  namespace: string,
  address: string,
  memory: string,
): Promise<HouseCoordinator> {
  const player = join(import.meta.dirname, '../../test/peers/players/run-zigbee-coordinator.ts')
  const options = ['--host', address, '--port', String(COORDINATOR_PORT), '--memory', memory]
  const enter = [`--net=/run/netns/${namespace}`, process.execPath, player, ...options]
  // A session of its own: Ctrl-C is for who started it, and that one closes it.
  const child = spawn('nsenter', enter, { cwd: '/', detached: true, stdio: ['pipe', 'pipe', 'pipe'] })
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-2_000)
  })
  const ended = new Promise<void>(resolve => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  const output = createInterface({ input: child.stdout })
  const said = (word: string): Promise<void> =>
    new Promise((resolve, reject) => {
      output.on('line', line => line.startsWith(word) && resolve())
      void ended.then(() => {
        const why = /Error: .*/.exec(complaint)?.[0] ?? complaint.trim().slice(-200)
        reject(new Error(`the played Zigbee coordinator on ${address} ended: ${why}`))
      })
    })
  const order = (word: string): Promise<void> => {
    const done = said(word)
    child.stdin.write(`${word}\n`)
    return done
  }
  await said('listening')
  return {
    hang: () => order('hang'),
    resume: () => order('resume'),
    async close() {
      child.stdin.on('error', () => undefined)
      child.stdin.end()
      await ended
    },
  }
}
