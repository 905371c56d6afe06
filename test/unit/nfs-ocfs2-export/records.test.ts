import { expect, test } from 'vitest'
import { nodeFolder, recordFolders } from '../../../agents/nfs-ocfs2-export/client-records.ts'
import { readLinks } from '../../../agents/nfs-ocfs2-export/record-keeper.ts'
import { agent } from '../../../agents/nfs-ocfs2-export.ts'

test('an nfsdcld keeps the records of the folder in which its database is open, once nfsd speaks to it', () => {
  const links = ['/dev/null', '/run/rpc_pipefs/nfsd/cld', '/srv/share/.records/a/nfsdcld/main.sqlite']
  expect(readLinks(links)).toEqual({ folder: '/srv/share/.records/a/nfsdcld', heard: true })
  expect(readLinks(['/dev/null', 'socket:[81]'])).toEqual({ folder: undefined, heard: false })
})

test('the records of a node lie in a folder of its name, whatever that holds', () => {
  expect(recordFolders('/srv/r', nodeFolder('node-1.house\n')).nfsdcld).toBe('/srv/r/node-1.house/nfsdcld')
  expect(nodeFolder('../b')).toBe('.._b')
  expect(nodeFolder('..')).toBe('node')
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
