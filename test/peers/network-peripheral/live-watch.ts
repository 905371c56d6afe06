import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { liveHouse } from './live-house.ts'
import { WatchTrial } from './trial.ts'

const MINUTES = 10
const INTERVAL_MS = 15_000

/** The same watch sees a radio that really hangs: otherwise its silence proved nothing. */
async function seenHung(trial: WatchTrial, hang: () => Promise<void>): Promise<void> {
  await hang()
  const hungMs = performance.now()
  for (let code = 0; code === 0; ) {
    await pause(INTERVAL_MS)
    code = (await trial.monitor()).code
    expect(performance.now() - hungMs).toBeLessThan(60_000)
  }
  expect(trial.told('hung')).toContain('power-cycle it')
}

/** Real Zigbee2MQTT, watched with the defaults of the agent and the interval of its page. */
export function liveWatchTests(): void {
  test.concurrent.each(['idle', 'busy'] as const)(
    'ten live minutes of %s traffic raise no alarm',
    { timeout: 1_200_000 },
    async traffic => {
      const house = await liveHouse(`live-${traffic}`, traffic)
      const { session, pidFile } = house
      const trial = new WatchTrial({ targets: 'icmp://127.0.0.1', session, session_pid_file: pidFile }, [
        'n1',
      ])
      try {
        expect(await trial.act('start')).toMatchObject({ code: 0 })
        const began = performance.now()
        const alarms: string[] = []
        const looks = (MINUTES * 60_000) / INTERVAL_MS
        for (let look = 0; look <= looks; look += 1) {
          await pause(Math.max(0, began + look * INTERVAL_MS - performance.now()))
          const { code, reason } = await trial.monitor()
          const told = trial.told('hung') ?? ''
          if (code !== 0 || told !== '') alarms.push(`look ${look}: ${code} ${reason} ${told}`)
        }
        expect(alarms).toEqual([])
        // Otherwise nothing was proved of busy traffic: two lamps a second were asked for.
        if (traffic === 'busy') expect(house.answered()).toBeGreaterThan(MINUTES * 60)
        if (traffic === 'busy') await seenHung(trial, () => house.hang())
      } finally {
        trial.end()
        await house.down()
      }
    },
  )
}
