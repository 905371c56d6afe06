import { expect, test } from 'vitest'
import { holdersOf, parseClientStates } from '../../../agents/nfs-ocfs2-export/client-states.ts'
import { exportedClients, readClient } from '../../../agents/nfs-ocfs2-export/clients.ts'
import { parseEtab } from '../../../agents/nfs-ocfs2-export/etab.ts'
import { conflict, targetOf } from '../../../agents/nfs-ocfs2-export/exports.ts'
import { threadsIn } from '../../../agents/nfs-ocfs2-export/server.ts'
import { latenciesOf } from '../../../agents/nfs-ocfs2-export/write-test.ts'

const etab = parseEtab(
  '/srv/share\t10.77.0.0/24(rw,sync,no_subtree_check,fsid=42,sec=sys)\n/srv/my\\040films\t*(ro,fsid=7)\nrubbish\n',
)

test('etab is read with its escapes, and foreign lines are left out', () => {
  expect(etab.map(({ directory, client }) => [directory, client])).toEqual([
    ['/srv/share', '10.77.0.0/24'],
    ['/srv/my films', '*'],
  ])
})

test('an fsid in use and overlapping exports are refused by name', () => {
  expect(conflict({ directory: '/srv/b', fsid: '42' }, etab)).toContain(
    'fsid 42 is used by the export of /srv/share',
  )
  expect(conflict({ directory: '/srv/share/inner', fsid: '43' }, etab)).toContain('lie in each other')
  expect(conflict({ directory: '/srv', fsid: '43' }, etab)).toContain('lie in each other')
  expect(conflict({ directory: '/srv/share', fsid: '42' }, etab)).toBeUndefined()
  expect(conflict({ directory: '/srv/share2', fsid: '43' }, etab)).toBeUndefined()
})

test.each(['a b=rw', '*=rw,$(reboot)', '10.0.0.1=rw;reboot', '`id`=rw', '-a=rw', '*=fsid=3', '=rw', '*=rw)'])(
  'the client %j is refused',
  text => expect(readClient(text)).toBeUndefined(),
)

test('the loopback is exported to unless an entry is there for it', () => {
  const network = readClient('10.0.0.0/8=rw,no_root_squash')
  const all = readClient('*=ro')
  if (network === undefined || all === undefined) throw new Error('valid entries were refused')
  expect(exportedClients([network]).map(({ client }) => client)).toEqual(['10.0.0.0/8', '127.0.0.1'])
  expect(exportedClients([all])).toEqual([all])
})

test('an IPv6 client is put in brackets for exportfs', () => {
  expect(targetOf({ client: 'fd00::/64', directory: '/srv' })).toBe('[fd00::/64]:/srv')
  expect(targetOf({ client: '10.0.0.1', directory: '/srv' })).toBe('10.0.0.1:/srv')
})

test('only clients that hold nothing on another filesystem may be expired', () => {
  const states = [
    '== 3',
    '- 0x01: { type: open, access: -w, deny: --, superblock: "fd:00:4632", filename: "/f", owner: "open id:x" }',
    '== 4',
    '- 0x02: { type: lock, superblock: "fd:00:4633", filename: "/f" }',
    '- 0x03: { type: open, superblock: "fe:1f:12", filename: "/g" }',
    '== 5',
    '== 6',
    '- 0x04: { type: open, superblock: "fe:1f:12", filename: "/g" }',
    '',
  ].join('\n')
  expect(holdersOf('253:0', parseClientStates(states))).toEqual({ only: ['3'], also: ['4'] })
  expect(holdersOf('254:31', parseClientStates(states))).toEqual({ only: ['6'], also: ['4'] })
})

test('the threads of nfsd are read from its statistics; without them it does not run', () => {
  expect(threadsIn('rc 0 0 4\nth 8 0 0.000 0.000\n')).toBe(8)
  expect(threadsIn('')).toBe(0)
})

test('the times of a write are read from nanoseconds', () => {
  expect(
    latenciesOf('1+0 records in\ntimes 1763719000000000000 1763719000505000000 1763719000952000000\n'),
  ).toEqual({
    writeMs: 505,
    readMs: 447,
  })
  expect(latenciesOf('dd: I/O error')).toBeUndefined()
})
