import { describe, expect, test } from 'vitest'
import { nothingSeen, type Observation } from '../../../../scripts/doctor/observation.ts'
import { mtuDiffers } from '../../../../scripts/doctor/rules/mtu-differs.ts'
import { quorumTwoNodes } from '../../../../scripts/doctor/rules/quorum-two-nodes.ts'
import { sbdTimeouts } from '../../../../scripts/doctor/rules/sbd-timeouts.ts'
import { secretReadable } from '../../../../scripts/doctor/rules/secret-readable.ts'
import { unitEnabled } from '../../../../scripts/doctor/rules/unit-enabled.ts'
import { upgradePending } from '../../../../scripts/doctor/rules/upgrade-pending.ts'
import { corosyncOf, readCmap, readConfiguration } from '../../../../scripts/doctor/sources/corosync.ts'
import { readSbd } from '../../../../scripts/doctor/sources/sbd.ts'
import { readUnits } from '../../../../scripts/doctor/sources/units.ts'
import { readPolicy } from '../../../../scripts/doctor/sources/upgrades.ts'
import { captured } from '../captured.ts'
import { captured as capturedText } from '../captured-text.ts'

const well = captured('well')
const seen = (more: Partial<Observation>): Observation => ({ ...nothingSeen, node: 'n1', ...more })
const properties = (more: Readonly<Record<string, string>>): Pick<Observation, 'cib'> => ({
  cib:
    well.cib === undefined
      ? undefined
      : { ...well.cib, properties: new Map([...well.cib.properties, ...Object.entries(more)]) },
})

describe('two nodes', () => {
  const conf = (more: string) =>
    corosyncOf(
      readConfiguration(`totem {
    version: 2
    token: 5000
}
nodelist {
    node {
        name: n1
        nodeid: 1
        ring0_addr: 192.0.2.1
    }
    node {
        name: n2
        nodeid: 2
        ring0_addr: 192.0.2.2 # the other one
    }
}
quorum {
    provider: corosync_votequorum
    two_node: 1
    ${more}
}
`),
      new Map(),
    )
  const lines = (observation: Observation) => quorumTwoNodes.check(observation).map(one => one.seen)

  test('are read from the file where corosync does not run', () => {
    expect(conf('')).toMatchObject({ tokenMs: 5000, consensusMs: 6000, twoNode: true, waitForAll: undefined })
    expect(conf('').nodes.map(({ name, addresses }) => [name, ...addresses])).toEqual([
      ['n1', '192.0.2.1'],
      ['n2', '192.0.2.2'],
    ])
  })

  test('of which neither waits before it fences are told', () => {
    expect(lines(seen({ cib: well.cib, corosync: conf('') }))).toEqual([
      'two nodes, and no fencing device waits (pcmk_delay_base)',
    ])
  })

  test('are well when fencing waits for the node that runs more', () => {
    expect(lines(seen({ ...properties({ 'priority-fencing-delay': '10s' }), corosync: conf('') }))).toEqual(
      [],
    )
  })

  test('without wait_for_all fence each other for ever', () => {
    const delayed = properties({ 'priority-fencing-delay': '10s' })
    expect(lines(seen({ ...delayed, corosync: conf('wait_for_all: 0') }))).toEqual([
      'two_node is on and wait_for_all is off',
    ])
  })

  test('are no matter of three', () => expect(lines(well)).toEqual([]))
})

describe('SBD', () => {
  const lines = (sbd: string, more: Readonly<Record<string, string>>) =>
    sbdTimeouts
      .check(seen({ sbd: readSbd(sbd), ...properties(more), corosync: well.corosync }))
      .map(({ severity, seen: line }) => `${severity}: ${line}`)
  const diskless = '# SBD_DEVICE=""\nSBD_WATCHDOG_TIMEOUT=5\n'
  const disks = 'SBD_DEVICE="/dev/disk/by-id/a; /dev/disk/by-id/b"\nSBD_WATCHDOG_TIMEOUT=30\n'

  test('without disks is waited for twice its watchdog', () =>
    expect(lines(diskless, { 'stonith-watchdog-timeout': '10s' })).toEqual([]))
  test('without disks is waited for too short', () =>
    expect(lines(diskless, { 'stonith-watchdog-timeout': '8' })).toEqual([
      "critical: stonith-watchdog-timeout is 8s, less than twice the watchdog's 5s",
    ]))
  test('with disks has its message waited for', () =>
    expect(lines(disks, { 'stonith-timeout': '90s' })).toEqual([]))
  test('with disks is given up before it can have succeeded', () =>
    expect(lines(disks, { 'stonith-timeout': '60s' })).toEqual([
      'critical: stonith-timeout is 1min, less than msgwait (twice the watchdog) and a fifth',
    ]))
})

describe('upgrades', () => {
  const policy = (nodejs: string, release: string) => `nodejs:
  Installed: 18.20.4+dfsg-1~deb12u1
  Candidate: ${nodejs}
  Version table:
     18.20.4+dfsg-1~deb12u2 500
base-files:
  Installed: 12.4+deb12u11
  Candidate: ${release}
docker.io:
  Installed: (none)
  Candidate: 20.10.24+dfsg1-1+deb12u1
N: Unable to locate package docker-ce
`
  const lines = (text: string, more: Partial<Observation> = {}, unattended = false) =>
    upgradePending
      .check({ ...well, upgrades: { pending: readPolicy(text), unattended }, ...more })
      .map(({ severity, seen: line }) => `${severity}: ${line}`)
  const nodePending = policy('18.20.4+dfsg-1~deb12u2', '12.4+deb12u11')

  test('of Node.js are told', () =>
    expect(lines(nodePending)).toEqual([
      'warning: an upgrade of Node.js is pending (nodejs 18.20.4+dfsg-1~deb12u2), without maintenance mode',
    ]))

  test('are no matter once they are installed, nor is a point release', () =>
    expect(lines(policy('18.20.4+dfsg-1~deb12u1', '12.4+deb12u15'))).toEqual([]))

  test('of the distribution are told', () =>
    expect(lines(policy('18.20.4+dfsg-1~deb12u1', '13.8+deb13u1'))).toEqual([
      'warning: a distribution upgrade is pending (base-files 13.8+deb13u1), without maintenance mode',
    ]))

  test('that come by themselves are held back', () => {
    const found = upgradePending.check({
      ...well,
      upgrades: { pending: readPolicy(nodePending), unattended: true },
    })
    expect(found[0]?.seen).toContain('this machine upgrades by itself')
    expect(found[0]?.crmsh).toMatch(/^apt-mark hold nodejs /)
  })

  test('are what maintenance mode is for', () => {
    const status = well.status === undefined ? undefined : { ...well.status, maintenance: true }
    expect(lines(nodePending, { status })).toEqual([])
  })

  test('of Node.js are no matter to a cluster without our agents', () =>
    expect(lines(nodePending, { cib: undefined })).toEqual([]))
})

describe('a unit beside Pacemaker', () => {
  const wanted = new Map([
    ['lamp.service', 'p_lamp'],
    ['drbd.service', 'p_drbd'],
    ['gone.service', 'p_gone'],
  ])
  const lines = (text: string) =>
    unitEnabled.check(seen({ units: readUnits(text, wanted) })).map(one => one.seen)

  test('that systemd would start at boot is told', () =>
    expect(lines(capturedText('broken', 'units.txt'))).toEqual([
      'lamp.service is enabled on n1, and p_lamp runs it',
    ]))
  test('that is disabled is well', () =>
    expect(lines(capturedText('broken', 'units.txt').replace('enabled', 'disabled'))).toEqual([]))
})

describe('a file with a secret', () => {
  const lines = (mode: number, groupMayRead = false) =>
    secretReadable
      .check(
        seen({
          secretFiles: [
            { path: '/etc/plug.password', usedBy: 'fence-n1 (password_file)', mode, groupMayRead },
          ],
        }),
      )
      .map(({ severity, seen: line, crmsh }) => `${severity}: ${line} -> ${crmsh}`)

  test.each([0o600, 0o400, 0o700])('of mode %o is its own', mode => expect(lines(mode)).toEqual([]))
  test('that everybody may read is critical', () =>
    expect(lines(0o644)).toEqual([
      'critical: /etc/plug.password on n1 has mode 0644 and is used by fence-n1 (password_file) -> chmod 0600 /etc/plug.password',
    ]))
  test('that its group may read is warned of', () => expect(lines(0o640)[0]).toMatch(/^warning: /))
  test('that its group must read is well', () => expect(lines(0o640, true)).toEqual([]))
})

describe('the MTU', () => {
  const lines = (observation: Observation) => mtuDiffers.check(observation).map(one => one.seen)
  const eth0 = { name: 'eth0', master: undefined, addresses: well.corosync?.nodes[0]?.addresses ?? [] }

  test('that every way carries is well', () =>
    expect(lines({ ...well, links: [{ ...eth0, mtu: 1500 }] })).toEqual([]))

  test('that a switch or the other node does not carry is told by the node', () =>
    expect(lines({ ...well, links: [{ ...eth0, mtu: 9000 }] })).toEqual([
      expect.stringMatching(/^the way to n2 carries \d+ bytes of corosync, and eth0 here has MTU 9000$/),
      expect.stringMatching(/^the way to n3 /),
    ]))

  test('of a bond is told where a member has less', () => {
    const links = [
      { name: 'bond0', mtu: 9000, master: undefined, addresses: [] },
      { name: 'eth0', mtu: 9000, master: 'bond0', addresses: [] },
      { name: 'eth1', mtu: 1500, master: 'bond0', addresses: [] },
    ]
    expect(lines(seen({ links }))).toEqual(['bond0 on n1 has MTU 9000, its members have less: eth1 1500'])
    expect(lines(seen({ links: links.map(link => ({ ...link, mtu: 9000 })) }))).toEqual([])
  })
})

test('what the running corosync says of itself is read by its own names', () => {
  const cmap = readCmap(
    'runtime.config.totem.token (u32) = 1650\nruntime.config.totem.consensus (u32) = 1980\n',
  )
  expect(corosyncOf(cmap, new Map())).toMatchObject({ tokenMs: 1650, consensusMs: 1980, nodes: [] })
})
