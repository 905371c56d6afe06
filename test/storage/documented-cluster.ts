import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { root } from '../../scripts/bundle.ts'
import { DRBD_DEVICE } from '../../scripts/guests/drbd.ts'
import { ADDRESS, DISK } from '../../scripts/guests/storage.ts'

/** One thing that the lab has otherwise than the page says. */
type Change = readonly [from: string | RegExp, to: string]

/** Where the plugs of the guests a and b are. */
export const PLUGS = ['10.77.0.31', '10.77.0.32'] as const

/** What an emulated processor takes longer than the page's own; this machine may be busy besides. */
const SLOWER = 4

/** What the guests share: DRBD as the page has it, or one disk for both. */
export type SharedStorage = 'drbd' | 'disk'

const NODES: readonly Change[] = [
  [/\bnode1\b/g, 'a'],
  [/\bnode2\b/g, 'b'],
  ['192.168.1.', '10.77.0.'],
]

/** @throws Error when the text does not say any more what is changed here */
function adapted(text: string, changes: readonly Change[]): string {
  return changes.reduce((before, [from, to]) => {
    const after = before.replaceAll(from, to)
    if (after === before) throw new Error(`docs/storage.md and its example do not say ${from} any more`)
    return after
  }, text)
}

/**
 * The configuration of docs/storage.md for two guests: without the arbiter, with the lab's addresses, and with more
 * patience. One line a statement.
 */
export function documentedConfiguration(storage: SharedStorage): string {
  const withoutDrbd: readonly Change[] = [
    [/^(primitive|clone|order|colocation) \w*drbd.*\n/gm, ''],
    [DRBD_DEVICE, DISK],
    [/ drbd_resource=\w+/g, ''],
  ]
  const text = adapted(readFileSync(join(root, 'examples/two-nodes-share.crm'), 'utf8'), [
    [/^#.*\n/gm, ''],
    [/ \\\n +/g, ' '],
    [/^.*\barbiter\b.*\n/gm, ''],
    ['192.168.1.50', ADDRESS.service],
    ...NODES,
    // The deep monitor notes which clients are there.
    ['interval=300s', 'interval=15s'],
    [' service_address=', ` recovery_wait=${90 * SLOWER}s service_address=`],
    ...(storage === 'disk' ? withoutDrbd : []),
  ])
  const patient = text.replaceAll(/(?<= (?:timeout|interval)=)\d+(?=s)/g, seconds =>
    String(Number(seconds) * SLOWER),
  )
  const own = [
    // Pacemaker's own 20 s.
    `op_defaults timeout=${20 * SLOWER}s`,
    // An emulated processor is always busy: Pacemaker would do one thing after the other.
    'property load-threshold=1000%',
    // Which node serves decides what its death means to OCFS2.
    'location l_share g_share 10: a',
  ]
  return `${patient}${own.join('\n')}\n`
}

/** What runs when a leg of DRBD is lost, and when it is back. */
export interface DrbdHandlers {
  readonly fence: string
  readonly unfence: string
}

/** The resource of DRBD 8.4 that docs/storage.md has, with other handlers where no Pacemaker runs. */
export function documentedDrbd(handlers?: DrbdHandlers): string {
  const page = readFileSync(join(root, 'docs/storage.md'), 'utf8')
  const [, resource = ''] = /```\n(resource share \{\n {2}net [^`]*)```/.exec(page) ?? []
  return adapted(resource, [
    ...NODES,
    ['/dev/vg0/share', DISK],
    ...(handlers === undefined
      ? []
      : ([
          ['/usr/lib/drbd/crm-fence-peer.sh', handlers.fence],
          ['/usr/lib/drbd/crm-unfence-peer.sh', handlers.unfence],
        ] as const)),
  ])
}

/** What crmsh makes of a configuration. @throws Error with what it says */
export async function loadedByCrmsh(configuration: string, folder: string): Promise<string> {
  const file = join(folder, 'documented.xml')
  // The agents are in the guests, so that crmsh on this machine knows nothing of them, and complains.
  const script = 'cibadmin --empty > "$CIB_file" && crm -D plain -F configure >&2; cat "$CIB_file"'
  const { stdout, stderr } = await execa('sh', ['-c', script], {
    env: { CIB_file: file },
    input: `${configuration}commit\n`,
    reject: false,
  })
  for (const [, id] of configuration.matchAll(/^(?:primitive|clone|group|order|colocation|location) (\S+)/gm))
    if (!stdout.includes(`id="${id}"`)) throw new Error(`crmsh has not made ${id}: ${stderr}`)
  return stdout
}
