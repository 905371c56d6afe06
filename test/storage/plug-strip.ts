import { killGuest } from '../../scripts/guests/guest.ts'
import { labGround } from '../../scripts/guests/lab.ts'
import { playTasmota } from '../peers/players/tasmota.ts'

// Run in a lab's network namespace, with the lab's name and an address for each of the guests a and b: two played
// plugs that feed them. They end with standard input, so that a killed test leaves none behind.

const [lab = '', ...addresses] = process.argv.slice(2)
const ground = await labGround(lab)
for (const [at, host] of addresses.entries()) {
  const guest = at === 0 ? 'a' : 'b'
  const plug = await playTasmota({ place: { host, port: 80 } })
  let cut: Promise<void> = Promise.resolve()
  plug.switched = () => {
    if (plug.outlets[0]?.on === false) cut = killGuest(ground, guest)
  }
  plug.settled = () => cut
}
process.stdout.write('plugged in\n')
process.stdin.resume().on('end', () => process.exit())
