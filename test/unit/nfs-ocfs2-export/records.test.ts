import { mkdirSync, rmSync, statSync } from 'node:fs'
import { expect, test } from 'vitest'
import { nodeLabel } from '../../../agents/nfs-ocfs2-export/client-records.ts'
import { parseConnections } from '../../../agents/nfs-ocfs2-export/connections.ts'
import { newRecord, readRecord, remember, saveRecord } from '../../../agents/nfs-ocfs2-export/record.ts'
import { readLinks } from '../../../agents/nfs-ocfs2-export/record-keeper.ts'
import { agent } from '../../../agents/nfs-ocfs2-export.ts'
import { StateFile } from '../../../lib/ocf/state-file.ts'

test('an nfsdcld keeps the records of the folder in which its database is open, once nfsd speaks to it', () => {
  const links = ['/dev/null', '/run/rpc_pipefs/nfsd/cld', '/srv/share/.records/a/nfsdcld/main.sqlite']
  expect(readLinks(links)).toEqual({ folder: '/srv/share/.records/a/nfsdcld', heard: true })
  expect(readLinks(['/dev/null', 'socket:[81]'])).toEqual({ folder: undefined, heard: false })
})

test('the name of a node is noted in characters that the next node takes', () => {
  expect(nodeLabel('node-1.house\n')).toBe('node-1.house')
  expect(nodeLabel('../b c')).toBe('.._b_c')
})

test('records without the name under which clients know the server are refused', () => {
  const settings = (values: Readonly<Record<string, string>>) =>
    agent.settings(parameter => {
      const text = values[parameter.name]
      return text === undefined ? parameter.whenAbsent() : parameter.parse(text)
    })
  const right = { directory: '/srv/share', fsid: '42', clients: '*=rw', state_directory: '/srv/share/.r' }
  expect(agent.contradictions?.(settings(right))).toMatchObject([{ kind: 'configuration' }])
  expect(agent.contradictions?.(settings({ ...right, server_scope: 'haha' }))).toEqual([])
})

test('clients that are connected to NFS at the floating address are told from all other connections', () => {
  const line = (local: string, remote: string, state: string) =>
    `   3: ${local} ${remote} ${state} 00000000:0 00:0 0\n`
  const text = [
    '  sl  local_address rem_address   st tx_queue rx_queue\n',
    line('64004D0A:0801', '0E004D0A:02E7', '01'),
    line('0B004D0A:0801', '0E004D0A:02E8', '01'),
    line('64004D0A:0801', '0F004D0A:03FF', '06'),
    line('64004D0A:1E61', '0E004D0A:02E9', '01'),
  ].join('')
  expect(parseConnections(text, '10.77.0.100')).toBe('10.77.0.100:2049\t10.77.0.14:743\n')
})

test('what a look learns is written only when it is new, and with a full /run is forgotten without a fault', () => {
  const file = new StateFile('nfs-ocfs2-export', `remember-${process.pid}`)
  try {
    const section = file.section()
    saveRecord(section, newRecord('/srv/share', ['*']))
    remember(section, { silentSinceMs: 5000 })
    const before = statSync(file.path).ino
    remember(section, { silentSinceMs: 5000 })
    expect(statSync(file.path).ino).toBe(before)
    mkdirSync(`${file.path}.${process.pid}.new`)
    remember(section, { silentSinceMs: 9000 })
    expect(readRecord(section)?.silentSinceMs).toBe(5000)
    expect(() => saveRecord(section, newRecord('/srv/share', ['*']))).toThrow()
  } finally {
    rmSync(file.path, { force: true })
    rmSync(`${file.path}.${process.pid}.new`, { recursive: true, force: true })
  }
})
