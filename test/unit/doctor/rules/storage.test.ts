import { describe, expect, test } from 'vitest'
import { parseDrbdStatus, parseProcDrbd } from '../../../../agents/nfs-ocfs2-export/drbd.ts'
import { nothingSeen, type Observation } from '../../../../scripts/doctor/observation.ts'
import { drbdSecondLeg } from '../../../../scripts/doctor/rules/drbd-second-leg.ts'
import { nfsGrace } from '../../../../scripts/doctor/rules/nfs-grace.ts'
import { ocfs2Sync } from '../../../../scripts/doctor/rules/ocfs2-sync.ts'
import { ocfs2Threshold } from '../../../../scripts/doctor/rules/ocfs2-threshold.ts'
import { corosyncOf, readConfiguration } from '../../../../scripts/doctor/sources/corosync.ts'
import { readOcfs2 } from '../../../../scripts/doctor/sources/ocfs2.ts'
import { readSbd } from '../../../../scripts/doctor/sources/sbd.ts'
import { readCib } from '../../../../scripts/pacemaker/read-cib.ts'
import { captured } from '../captured.ts'

const seen = (more: Partial<Observation>): Observation => ({ ...nothingSeen, node: 'n1', ...more })

describe('DRBD', () => {
  const eight = (line: string) => seen({ drbd: parseProcDrbd(`version: 8.4.11 (api:1)\n 0: ${line}\n`) })
  const nine = (device: object, ...connections: readonly object[]) =>
    seen({
      drbd:
        parseDrbdStatus(
          JSON.stringify([
            {
              name: 'share',
              devices: [{ volume: 0, minor: 0, 'disk-state': 'UpToDate', ...device }],
              connections,
            },
          ]),
        ) ?? [],
    })
  const peer = (name: string, state: string, disk: string, client = false) => ({
    name,
    'connection-state': state,
    peer_devices: [{ volume: 0, 'peer-disk-state': disk, 'peer-client': client }],
  })
  const tiebreaker = peer('n3', 'Connected', 'Diskless', true)
  const lines = (observation: Observation) =>
    drbdSecondLeg.check(observation).map(({ severity, seen: line }) => `${severity}: ${line}`)

  test('8.4 with two good copies is well', () => {
    expect(lines(eight('cs:Connected ro:Primary/Primary ds:UpToDate/UpToDate C r-----'))).toEqual([])
  })

  test('8.4 without its peer has one copy left', () => {
    expect(lines(eight('cs:WFConnection ro:Primary/Unknown ds:UpToDate/DUnknown C r-----'))).toEqual([
      'critical: DRBD minor 0 on n1 has one good copy of the data: own disk UpToDate, the peer WFConnection DUnknown',
    ])
  })

  test('8.4 StandAlone is told as that, because it will never come back by itself', () => {
    expect(lines(eight('cs:StandAlone ro:Primary/Unknown ds:UpToDate/DUnknown   r-----'))).toEqual([
      'critical: DRBD minor 0 on n1 is StandAlone towards the peer',
    ])
  })

  test('a second copy that is still being filled is none', () => {
    expect(lines(eight('cs:SyncSource ro:Primary/Secondary ds:UpToDate/Inconsistent C r-----'))).toHaveLength(
      1,
    )
  })

  test('9 with both copies and its tiebreaker is well', () => {
    expect(lines(nine({ quorum: true }, peer('n2', 'Connected', 'UpToDate'), tiebreaker))).toEqual([])
  })

  test('9 whose tiebreaker is StandAlone is told, though both copies are good', () => {
    const alone = peer('n3', 'StandAlone', 'DUnknown', true)
    expect(lines(nine({}, peer('n2', 'Connected', 'UpToDate'), alone))).toEqual([
      'critical: DRBD share on n1 is StandAlone towards n3',
    ])
  })

  test('9 whose tiebreaker is away is warned of', () => {
    const away = peer('n3', 'Connecting', 'DUnknown', true)
    expect(lines(nine({}, peer('n2', 'Connected', 'UpToDate'), away))).toEqual([
      'warning: DRBD share on n1 has lost its tiebreaker n3 (Connecting)',
    ])
  })

  test('9 without quorum hangs whatever uses it', () => {
    expect(lines(nine({ quorum: false }, peer('n2', 'Connected', 'UpToDate'), tiebreaker))).toEqual([
      'critical: DRBD share on n1 has lost its quorum',
    ])
  })

  test('on the tiebreaker itself two copies elsewhere are two copies', () => {
    const copies = [peer('n1', 'Connected', 'UpToDate'), peer('n2', 'Connected', 'UpToDate')]
    expect(lines(nine({ 'disk-state': 'Diskless' }, ...copies))).toEqual([])
  })
})

describe('OCFS2', () => {
  const corosync = (tokenMs: number) =>
    corosyncOf(readConfiguration(`totem {\n  token: ${tokenMs}\n}\nnodelist {\n}\n`), new Map())
  const ocfs2 = (threshold: string, idle = '30000\n') => {
    const cluster = readOcfs2('storage', threshold, idle)
    return cluster === undefined ? [] : [cluster]
  }

  test('with its own 60 s is slower than a token of ten, and well', () => {
    expect(ocfs2Threshold.check(seen({ ocfs2: ocfs2('31\n'), corosync: corosync(10_000) }))).toEqual([])
  })

  test('that gives up before token and consensus is told, with a threshold that is enough', () => {
    const [finding, ...more] = ocfs2Threshold.check(seen({ ocfs2: ocfs2('7\n'), corosync: corosync(10_000) }))
    expect(more).toEqual([])
    expect(finding?.seen).toBe(
      'OCFS2 cluster storage gives a node up by its heartbeat after 12s; corosync, by token and consensus, needs 22s',
    )
    expect(finding?.crmsh).toContain('threshold 17 or more')
  })

  test('whose network gives up first is told, too', () => {
    const [finding] = ocfs2Threshold.check(seen({ ocfs2: ocfs2('31', '10000'), corosync: corosync(10_000) }))
    expect(finding?.seen).toContain('its network after 10s')
  })

  test("is measured against SBD's watchdog where that is longer", () => {
    const sbd = readSbd('SBD_DEVICE="/dev/disk/by-id/one;/dev/disk/by-id/two"\nSBD_WATCHDOG_TIMEOUT=20\n')
    const [finding] = ocfs2Threshold.check(seen({ ocfs2: ocfs2('7'), corosync: corosync(3000), sbd }))
    expect(finding?.seen).toContain("SBD's watchdog needs 20s")
  })

  test('whose threshold cannot be read says nothing', () => {
    expect(readOcfs2('storage', '', '')).toBeUndefined()
  })
})

describe('the NFS server', () => {
  const { cib } = captured('export')
  const lines = (graceSeconds: number, leaseSeconds: number) =>
    nfsGrace
      .check(seen({ cib, nfs: { threads: 8, graceSeconds, leaseSeconds } }))
      .map(finding => finding.seen)

  test('with the times of the kernel is well', () => expect(lines(90, 90)).toEqual([]))
  test('with a grace of 30 s is told', () =>
    expect(lines(30, 30)).toEqual(["the NFS server's grace is 30 s"]))
  test('with a grace below its lease is told', () =>
    expect(lines(60, 90)).toEqual(["the NFS server's grace is 60 s, its lease 90 s"]))
  test('is no matter where the cluster exports nothing', () => {
    const nfs = { threads: 8, graceSeconds: 10, leaseSeconds: 90 }
    expect(nfsGrace.check(seen({ cib: captured('well').cib, nfs }))).toEqual([])
  })
})

test('OCFS2 that is exported by NFS is mounted with sync', () => {
  const primitive = (id: string, type: string, values: string) =>
    `<primitive id="${id}" class="ocf" ${type}><instance_attributes id="${id}-p">${values}</instance_attributes></primitive>`
  const value = (name: string, text: string) => `<nvpair id="${name}" name="${name}" value="${text}"/>`
  const filesystem = (options: string) =>
    primitive(
      'p_fs',
      'provider="heartbeat" type="Filesystem"',
      value('fstype', 'ocfs2') + (options === '' ? '' : value('options', options)),
    )
  const share = primitive('p_share', 'provider="haha" type="nfs-ocfs2-export"', '')
  const check = (...resources: readonly string[]) =>
    ocfs2Sync.check(
      seen({
        cib: readCib(
          `<cib><configuration><resources>${resources.join('')}</resources></configuration><status/></cib>`,
        ),
      }),
    )
  expect(check(filesystem('noatime'), share)).toMatchObject([
    {
      severity: 'critical',
      seen: expect.stringContaining('p_fs mounts OCFS2 without the option sync'),
      crmsh: 'crm resource param p_fs set options noatime,sync,commit=1',
    },
  ])
  expect(check(filesystem('sync,commit=1'), share)).toEqual([])
  expect(check(filesystem(''))).toEqual([])
})
