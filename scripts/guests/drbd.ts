import type { Ground, GuestName } from './guest.ts'
import { ADDRESS, DISK, mustExec } from './storage.ts'

export const DRBD_DEVICE = '/dev/drbd0'

const host = (name: 'a' | 'b') => `on ${name} { address ${ADDRESS[name]}:7789; }`
const PLAIN = [
  'resource share {',
  '  net { protocol C; allow-two-primaries yes; ping-int 3; ping-timeout 20; connect-int 3; }',
  `  device ${DRBD_DEVICE}; disk ${DISK}; meta-disk internal; ${host('a')} ${host('b')}`,
  '}',
].join('\n')

/** What a node that boots needs before anybody brings its DRBD up: its root begins anew each time. */
export async function configureDrbd(ground: Ground, guest: GuestName, configuration = PLAIN): Promise<void> {
  const script = `set -e; modprobe drbd; cat > /etc/drbd.d/share.res <<'END'\n${configuration}\nEND`
  await mustExec(ground, guest, script, 120)
}

/** DRBD 8.4 on the disks of both nodes, connected, in sync and primary on both. */
export async function makeDrbd(ground: Ground, configuration = PLAIN): Promise<void> {
  const both = ['a', 'b'] as const
  const up = 'set -e; drbdadm create-md --force share </dev/null; drbdadm up share'
  await Promise.all(
    both.map(async guest => {
      await configureDrbd(ground, guest, configuration)
      await mustExec(ground, guest, up, 120)
    }),
  )
  // Both disks are empty: nothing needs to be copied.
  await mustExec(
    ground,
    'a',
    'for i in $(seq 100); do drbdadm cstate share | grep -q Connected && break; sleep .5; done; drbdadm -- --clear-bitmap new-current-uuid share',
    120,
  )
  await Promise.all(both.map(guest => mustExec(ground, guest, 'drbdadm primary share', 60)))
}
