// node record-session.ts idle|busy MINUTES FILE: writes what the kernel tells of Zigbee2MQTT's connection every
// five seconds, a line each, as test/unit/network-peripheral/recorded-session.test.ts reads it.
import { appendFileSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { liveHouse } from './live-house.ts'

const EVERY_MS = 5_000

const [traffic = '', minutes = '', file = ''] = process.argv.slice(2)
if (traffic !== 'idle' && traffic !== 'busy') throw new Error(`idle or busy, not ${traffic}`)

const house = await liveHouse(`record-${traffic}`, traffic)
const ids = new Map<string, number>()
try {
  const began = performance.now()
  writeFileSync(
    file,
    '# ms since the first, connection, sent, received, acked, pending, backoff, ms silent\n',
  )
  for (let count = 0; count * EVERY_MS <= Number(minutes) * 60_000; count += 1) {
    await pause(Math.max(0, began + count * EVERY_MS - performance.now()))
    const one = await house.sample()
    const atMs = Math.round(performance.now() - began)
    if (one === undefined) throw new Error(`no connection after ${atMs} ms`)
    const id = ids.get(one.id) ?? ids.size
    ids.set(one.id, id)
    const figures = [atMs, id, one.sent, one.received, one.acked, Number(one.pending), one.backoff]
    appendFileSync(file, `${[...figures, one.silentMs ?? '-'].join(' ')}\n`)
  }
} finally {
  await house.down()
}
