import { killGuest } from '../../scripts/guests/guest.ts'
import { labGround } from '../../scripts/guests/lab.ts'
import { playTasmota } from '../peers/players/tasmota.ts'

// Run in a lab's network namespace, with the lab's name: a played power strip that feeds the guests a (relay 1) and
// b (relay 2). It ends with its standard input, so that a killed test leaves none behind.

const ground = await labGround(process.argv[2] ?? '')
const strip = await playTasmota({ relays: 2, place: { host: '10.77.0.1', port: 80 } })
let kills: Promise<unknown> = Promise.resolve()
strip.switched = () => {
  const dark = (['a', 'b'] as const).filter((_, at) => strip.outlets[at]?.on === false)
  kills = Promise.all(dark.map(guest => killGuest(ground, guest)))
}
strip.settled = async () => {
  await kills
}
process.stdout.write('plugged in\n')
process.stdin.resume().on('end', () => process.exit())
