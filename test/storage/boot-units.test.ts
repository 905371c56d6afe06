import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ThrowAwayRoot, throwAwayRoot } from '../conformance/package/throw-away-root.ts'

let machine: ThrowAwayRoot

beforeAll(async () => {
  machine = await throwAwayRoot('n1')
  await succeeds('apt-get install -y --no-install-recommends ocfs2-tools drbd-utils sbd')
})
afterAll(() => machine?.dispose())

/** Runs it, and shows what it said when it fails. */
async function succeeds(script: string): Promise<string> {
  const { exitCode, output } = await machine.run(script)
  expect(exitCode, output).toBe(0)
  return output
}

test.each(['o2cb ocfs2', 'drbd@share.target'])(
  'the packages of the distribution have what boot is told to start: %s',
  async units => {
    await succeeds(`systemctl disable ${units}`)
    await succeeds(`systemctl enable ${units}`)
    for (const unit of units.split(' '))
      expect(await succeeds(`systemctl is-enabled ${unit}`)).toMatch(/^enabled$/m)
  },
)

test('sbd shows the times of a device as the handbook names them', async () => {
  await succeeds('truncate -s 8M /srv/sbd')
  const device = await succeeds('losetup --find --show /srv/sbd')
  try {
    await succeeds(`sbd -d ${device} -1 7 -4 14 create`)
    expect(await succeeds(`sbd -d ${device} dump`)).toMatch(
      /^Timeout \(watchdog\) *: 7\n(.*\n)*Timeout \(msgwait\) *: 14$/m,
    )
  } finally {
    await succeeds(`losetup --detach ${device}`)
  }
})
