import { expect, test } from 'vitest'
import { parseDrbdStatus, parseProcDrbd } from '../../../agents/nfs-ocfs2-export/drbd.ts'
import { drbdFaults } from '../../../agents/nfs-ocfs2-export/drbd-faults.ts'

const head = 'version: 8.4.11 (api:1/proto:86-101)\nsrcversion: 0123456789ABCDEF\n'
const eight = (line: string) =>
  `${head} 0: ${line}\n    ns:0 nr:0 dw:0 dr:0 al:0 bm:0 lo:0 pe:0 ua:0 ap:0 ep:1 wo:f oos:0\n`

const nine = (peers: readonly object[], device: object = {}, resource: object = {}) =>
  JSON.stringify([
    {
      name: 'share',
      role: 'Primary',
      ...resource,
      devices: [{ volume: 0, minor: 0, 'disk-state': 'UpToDate', quorum: true, ...device }],
      connections: peers,
    },
  ])
const peer = (name: string, connection: string, disk: string, client = false) => ({
  name,
  'connection-state': connection,
  peer_devices: [{ volume: 0, 'peer-disk-state': disk, 'peer-client': client }],
})
const keys = (text: string) => (parseDrbdStatus(text) ?? []).flatMap(drbdFaults).map(fault => fault.key)

test.each([
  ['both legs up', 'cs:Connected ro:Primary/Primary ds:UpToDate/UpToDate C r-----', []],
  [
    'a peer that syncs',
    'cs:SyncSource ro:Primary/Secondary ds:UpToDate/Inconsistent C r-----',
    ['redundancy', 'drbd_peer_the_peer'],
  ],
  [
    'a peer that is gone',
    'cs:WFConnection ro:Primary/Unknown ds:UpToDate/DUnknown C r-----',
    ['redundancy', 'drbd_peer_the_peer'],
  ],
  [
    'StandAlone',
    'cs:StandAlone ro:Primary/Unknown ds:UpToDate/DUnknown   r-----',
    ['redundancy', 'drbd_peer_the_peer'],
  ],
  [
    'an own disk that is lost',
    'cs:Connected ro:Primary/Primary ds:Diskless/UpToDate C r-----',
    ['redundancy', 'drbd_disk'],
  ],
  [
    'suspended I/O',
    'cs:WFConnection ro:Primary/Unknown ds:UpToDate/DUnknown C s---d-',
    ['redundancy', 'drbd_suspended', 'drbd_peer_the_peer'],
  ],
])('DRBD 8.4 with %s', (_, line, expected) => {
  expect(
    parseProcDrbd(eight(line))
      .flatMap(drbdFaults)
      .map(fault => fault.key),
  ).toEqual(expected)
})

test('the version that DRBD 9 prints in /proc/drbd holds no volume, nor does an unconfigured minor', () => {
  expect(parseProcDrbd('version: 9.2.8 (api:2/proto:86-122)\nTransports (api:18): tcp (1.0.0)\n')).toEqual([])
  expect(parseProcDrbd(`${head} 0: cs:Unconfigured\n`)).toEqual([])
})

test('DRBD 9 with a diskless tiebreaker and both legs has no fault', () => {
  expect(
    keys(nine([peer('b', 'Connected', 'UpToDate'), peer('arbiter', 'Connected', 'Diskless', true)])),
  ).toEqual([])
})

test('a tiebreaker that is StandAlone is told though no redundancy is lost', () => {
  const faults = parseDrbdStatus(
    nine([peer('b', 'Connected', 'UpToDate'), peer('arbiter', 'StandAlone', 'DUnknown', true)]),
  )
  const [fault, ...others] = (faults ?? []).flatMap(drbdFaults)
  expect(fault?.reason).toContain('arbiter is StandAlone, which is never retried')
  expect(others).toEqual([])
})

test('a tiebreaker alone is no second leg', () => {
  expect(
    keys(nine([peer('b', 'Connecting', 'DUnknown'), peer('arbiter', 'Connected', 'Diskless', true)])),
  ).toEqual(['redundancy', 'drbd_peer_b'])
})

test.each(['suspended', 'suspended-quorum', 'suspended-no-data'])('DRBD 9 says %s', flag => {
  expect(keys(nine([peer('b', 'Connected', 'UpToDate')], {}, { [flag]: true }))).toEqual(['drbd_suspended'])
})

test('a lost quorum of DRBD is told', () => {
  expect(keys(nine([peer('b', 'Connected', 'UpToDate')], { quorum: false }))).toEqual(['drbd_quorum'])
})

test.each(['', 'no resources defined!', '{}', '[{"name":'])(
  'what is no status (%j) is not taken for a healthy one',
  text => {
    expect(parseDrbdStatus(text)).toBeUndefined()
  },
)
