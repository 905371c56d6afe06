import { missingGround } from './guests/ground.ts'
import { cutGuest, execInGuest, GUESTS, type GuestName, killGuest } from './guests/guest.ts'
import { bootGuests, closeLab, labGround, openLab } from './guests/lab.ts'
import { breakDisk, healDisk } from './guests/storage.ts'

const USAGE = `usage: storage-lab COMMAND
  up [GUEST...]        network and guests (a unless told; a, b, c, client), each with an empty disk vdb
  down                 everything away
  exec GUEST COMMAND   runs a bash command in a guest, with its exit code
  kill GUEST           power lost
  cut GUEST            off the cluster network; join GUEST puts it back
  fault GUEST          every access to the guest's disk fails from now on; heal GUEST ends that`

const LAB = 'manual'

async function main(argv: readonly string[]): Promise<number> {
  const [command, ...rest] = argv
  const missing = await missingGround()
  if (missing !== undefined) return complain(`no lab on this machine: ${missing}`)
  if (command === 'up') {
    const names = rest.map(guestOf)
    const ground = await openLab(LAB)
    await bootGuests(ground, names.length === 0 ? ['a'] : names)
    return 0
  }
  const ground = await labGround(LAB)
  if (command === 'down') {
    await closeLab(ground)
    return 0
  }
  const [name, ...words] = rest
  if (command === undefined || name === undefined) return complain(USAGE)
  const guest = guestOf(name)
  switch (command) {
    case 'exec': {
      const { code, output } = await execInGuest(ground, guest, words.join(' '), 600)
      process.stdout.write(output)
      return code
    }
    case 'kill':
      await killGuest(ground, guest)
      return 0
    case 'cut':
    case 'join':
      await cutGuest(ground, guest, command === 'cut' ? 'down' : 'up')
      return 0
    case 'fault':
      await breakDisk(ground, guest)
      return 0
    case 'heal':
      await healDisk(ground, guest)
      return 0
    default:
      return complain(USAGE)
  }
}

function guestOf(text: string): GuestName {
  const name = GUESTS.find(candidate => candidate === text)
  if (name === undefined) throw new Error(`no guest ${text}; there are ${GUESTS.join(', ')}`)
  return name
}

function complain(text: string): number {
  console.error(text)
  return 2
}

process.exitCode = await main(process.argv.slice(2))
