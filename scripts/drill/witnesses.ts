import { CommandMissing, runCommand } from '../../lib/host/command.ts'
import { at, itemsAt, type Json, parseJson, stringAt } from '../../lib/ocf/json.ts'

const DOCTOR = '/usr/sbin/haha-doctor'
const DOCTOR_MS = 30_000
const STORAGE_MS = 10_000

/** What haha-doctor calls critical, a line each; none when it is not installed or cannot be understood. */
export async function criticalFindings(): Promise<readonly string[]> {
  return readFindings(await textOf(DOCTOR, ['--json'], DOCTOR_MS))
}

/** Reads what `haha-doctor --json` prints: findings as a list, or as a list in an object. */
export function readFindings(text: string): readonly string[] {
  const document = parseJson(text)
  const all = Array.isArray(document) ? itemsAt(document) : itemsAt(document, 'findings')
  return all.filter(finding => stringAt(finding, 'severity') === 'critical').map(wordsOf)
}

function wordsOf(finding: Json): string {
  const seen = stringAt(finding, 'seen') ?? 'a critical finding'
  const rule = stringAt(finding, 'rule')
  return (rule === undefined ? seen : `${rule}: ${seen}`).slice(0, 180)
}

/** DRBD volumes of this node without an up-to-date second leg, a line each; none where there is no DRBD. */
export async function brokenStorage(): Promise<readonly string[]> {
  return readDrbd(await textOf('drbdsetup', ['status', '--json'], STORAGE_MS))
}

/** Reads `drbdsetup status --json`. */
export function readDrbd(text: string): readonly string[] {
  return itemsAt(parseJson(text)).flatMap(resource => {
    const name = stringAt(resource, 'name') ?? 'unnamed'
    const own = itemsAt(resource, 'devices').some(device => !isWhole(at(device, 'disk-state')))
    const peers = itemsAt(resource, 'connections')
    const whole = peers.some(peer => {
      const volumes = itemsAt(peer, 'peer_devices')
      return volumes.length > 0 && volumes.every(volume => isWhole(at(volume, 'peer-disk-state')))
    })
    return own || !whole
      ? [`DRBD ${name} has no up-to-date second leg; without this node its data would be gone or old`]
      : []
  })
}

const isWhole = (state: Json | undefined): boolean => state === 'UpToDate' || state === 'Diskless'

async function textOf(program: string, args: readonly string[], timeoutMs: number): Promise<string> {
  try {
    return (await runCommand(program, args, { timeoutMs })).stdout
  } catch (error) {
    if (error instanceof CommandMissing) return ''
    throw error
  }
}
