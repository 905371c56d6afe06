import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { execInGuest, type Ground } from '../../scripts/guests/guest.ts'
import { closeLab, labGround } from '../../scripts/guests/lab.ts'
import {
  breakDisk,
  DEVICE,
  healDisk,
  MOUNT_OPTIONS,
  mustExec,
  startNfsServer,
} from '../../scripts/guests/storage.ts'
import { act, MOUNT, openExportGuest, PARAMETERS } from './export-guest.ts'
import { agentIn, testerCommand } from './guest-agent.ts'

const LAB = `export-${process.pid}`
let lab: Ground | undefined

const ground = (): Ground => {
  if (lab === undefined) throw new Error('the guest did not come up')
  return lab
}
const guest = (script: string, seconds?: number) => mustExec(ground(), 'a', script, seconds)

beforeAll(async () => {
  lab = await openExportGuest(LAB)
})
afterAll(async () => {
  await closeLab(await labGround(LAB))
})
beforeEach(async () => {
  // Every test begins at rest, whatever the one before left.
  await healDisk(ground(), 'a')
  await act(ground(), 'stop')
  // A cure is taken once in a while, whichever test it was for.
  await guest('rm -f /run/resource-agents/haha/*.json')
  await guest(
    `grep -q ' ${MOUNT} ocfs2 rw' /proc/mounts || { umount ${MOUNT} 2>/dev/null; mount -t ocfs2 -o ${MOUNT_OPTIONS} ${DEVICE} ${MOUNT}; }`,
  )
})

/** A client of NFSv4.2 on the guest itself, which locks a file. */
async function holdLock(directory: string): Promise<void> {
  await guest(
    `mkdir -p /mnt/v4; mount -t nfs -o vers=4.2,soft,timeo=50,retrans=1 127.0.0.1:${directory} /mnt/v4`,
  )
  await guest(
    '(exec 9>/mnt/v4/held; flock 9; exec sleep 600) </dev/null >/dev/null 2>&1 & echo $! > /tmp/holder',
  )
  await guest(
    'for i in $(seq 200); do grep -q lock /proc/fs/nfsd/clients/*/states && exit 0; sleep .3; done; exit 1',
    90,
  )
}

async function dropLock(): Promise<void> {
  await execInGuest(ground(), 'a', 'kill $(cat /tmp/holder); umount -l /mnt/v4', 30)
}

test('start, every depth of monitor and stop, and the filesystem can be unmounted', async () => {
  expect((await act(ground(), 'monitor')).code).toBe(7)
  expect(await act(ground(), 'start')).toMatchObject({ code: 0 })
  for (const depth of [0, 10, 20] as const)
    expect(await act(ground(), 'monitor', { depth, recurring: true })).toMatchObject({ code: 0 })
  expect(await act(ground(), 'stop')).toMatchObject({ code: 0 })
  expect((await act(ground(), 'monitor')).code).toBe(7)
  await guest(`umount ${MOUNT}`)
})

/** Leaves what a program loaded beyond node's own start; a binding of processes is there only where one is started. */
const LISTER = `const before = new Set(process.moduleLoadList)
const leave = process.reallyExit
process.reallyExit = code => {
  const added = process.moduleLoadList.filter(name => !before.has(name))
  require('node:fs').writeFileSync('/tmp/modules', added.join('\\n'))
  leave.call(process, code)
}`

/** Its processor time is what `npm run bench:export` measures; an emulated processor would tell another ratio. */
test('a healthy monitor of depth 0 starts no command, and loads nothing but what an earlier one left compiled', async () => {
  await guest(`cat > /tmp/lister.cjs <<'END'\n${LISTER}\nEND`)
  await act(ground(), 'start')
  const listed = { recurring: true, before: 'export NODE_OPTIONS=--require=/tmp/lister.cjs' } as const
  for (let count = 0; count < 2; count++)
    expect(await act(ground(), 'monitor', listed)).toMatchObject({ code: 0 })
  const loaded = (await guest('cat /tmp/modules')).split('\n')
  const telling = /^NativeModule (?!internal\/)|(?:process_wrap|spawn_sync|tcp_wrap|pipe_wrap)$/
  expect(loaded.filter(name => telling.test(name))).toEqual(['NativeModule vm'])
  expect(await act(ground(), 'stop')).toMatchObject({ code: 0 })
})

test('a client that exportfs does not know any more keeps none of the others exported', async () => {
  const clients = ['10.77.0.14', '10.77.0.15', '10.77.0.16']
  const parameters = {
    ...PARAMETERS,
    clients: clients.map(client => `${client}=rw,no_subtree_check`).join(' '),
  }
  const run = (action: string, recurring = false) => agentIn(ground(), 'a', action, parameters, { recurring })
  expect(await run('start')).toMatchObject({ code: 0 })
  await guest(`exportfs -u 10.77.0.14:${MOUNT}`)
  expect(await run('monitor', true)).toMatchObject({
    code: 190,
    output: expect.stringContaining('is not exported to 10.77.0.14 any more'),
  })
  const etab = await guest('cat /var/lib/nfs/etab')
  for (const client of clients) expect(etab).toContain(`${client}(`)
  const targets = ['10.77.0.99', ...clients].map(client => `${client}:${MOUNT}`).join(' ')
  const { output } = await execInGuest(ground(), 'a', `exportfs -u ${targets}; cat /var/lib/nfs/etab`)
  expect(output).toContain('10.77.0.99')
  expect(output).not.toContain('10.77.0.16(')
  expect(await run('stop')).toMatchObject({ code: 0 })
})

test('somebody runs exportfs -r: every export is gone, and the monitor puts its own back', async () => {
  await act(ground(), 'start')
  await guest('exportfs -r')
  expect(await guest('cat /var/lib/nfs/etab')).not.toContain(MOUNT)
  expect(await act(ground(), 'monitor', { recurring: true })).toMatchObject({
    code: 190,
    output: expect.stringContaining('is not exported any more: did somebody run exportfs -r or -ua?'),
  })
  expect(await guest('cat /var/lib/nfs/etab')).toContain(MOUNT)
  expect(await act(ground(), 'monitor', { recurring: true })).toMatchObject({ code: 0 })
  expect(await act(ground(), 'stop')).toMatchObject({ code: 0 })
})

test('where metrics are asked for, the storage tells how long a write took and what its device did', async () => {
  await guest('mkdir -p /tmp/prom; echo METRICS_DIRECTORY=/tmp/prom > /etc/default/resource-agents-haha')
  await act(ground(), 'start')
  expect(await act(ground(), 'monitor', { depth: 20, recurring: true })).toMatchObject({ code: 0 })
  let text = ''
  // Nobody waits for a copy: one that is slow leaves the figures to the next monitor.
  for (let tries = 0; tries < 20 && !text.includes('haha_storage_write_seconds'); tries++) {
    expect(await act(ground(), 'monitor', { recurring: true })).toMatchObject({ code: 0 })
    text = await guest('cat /tmp/prom/haha_nfs-ocfs2-export_*.prom 2>/dev/null || true')
  }
  expect(text).toMatch(/^haha_storage_write_seconds\{[^}]*\} \d/m)
  expect(text).toMatch(
    /^haha_storage_device_operations_total\{[^}]*device="[^"]+",direction="write"\} [1-9]/m,
  )
  await guest('rm /etc/default/resource-agents-haha')
  expect(await act(ground(), 'stop')).toMatchObject({ code: 0 })
})

test('without the mount nothing is exported: start fails and names it, a probe says not running', async () => {
  await guest(`umount ${MOUNT}`)
  expect((await act(ground(), 'monitor')).code).toBe(7)
  const { code, output } = await act(ground(), 'start')
  expect(code).toBe(1)
  expect(output).toContain('is its filesystem mounted?')
  expect(await guest('cat /var/lib/nfs/etab')).not.toContain(MOUNT)
})

test('a poisoned export is told as stale, cured in place once, and healthy again', async () => {
  await act(ground(), 'start')
  // What mountd writes when it finds no filesystem for an fsid: clients get NFS4ERR_STALE until it expires.
  await guest(`printf '127.0.0.1 1 \\\\x2a000000 2147483647 \\n' > /proc/net/rpc/nfsd.fh/channel`)
  const probe = await act(ground(), 'monitor', { depth: 10, recurring: true })
  expect(probe.output).toContain('NFS4ERR_STALE')
  expect(probe.code).toBe(190)
  expect(await act(ground(), 'monitor', { depth: 10, recurring: true })).toMatchObject({ code: 0 })
  expect(await act(ground(), 'stop')).toMatchObject({ code: 0 })
})

test('a mount that lets nfsd acknowledge what is in memory only is told as degraded, until it is mounted with sync', async () => {
  await act(ground(), 'start')
  await guest(`mount -o remount,async ${MOUNT}`)
  const without = await act(ground(), 'monitor', { recurring: true })
  expect(without).toMatchObject({ code: 190, output: expect.stringContaining('is mounted without sync') })
  await guest(`mount -o remount,sync ${MOUNT}`)
  expect(await act(ground(), 'monitor', { recurring: true })).toMatchObject({ code: 0 })
  expect(await act(ground(), 'stop')).toMatchObject({ code: 0 })
})

test('a client that holds a lock does not keep the filesystem mounted after stop', async () => {
  await act(ground(), 'start')
  await holdLock(MOUNT)
  expect(await act(ground(), 'stop')).toMatchObject({ code: 0 })
  await guest(`umount ${MOUNT}`)
  await dropLock()
})

const RECORDS = { state_directory: `${MOUNT}/.records`, server_scope: 'haha-lab', grace: '10s' } as const

test('two exports share one server that the agent runs: the first stop leaves it, the last one ends it', async () => {
  const actOn = (name: string, fsid: string, action: string, depth: 0 | 10 = 0) =>
    agentIn(
      ground(),
      'a',
      action,
      { ...PARAMETERS, directory: `${MOUNT}/${name}`, fsid, ...RECORDS },
      { instance: `p_${name}`, recurring: action === 'monitor', depth, seconds: 120 },
    )
  await guest(`mkdir -p ${MOUNT}/one ${MOUNT}/two`)
  expect(await actOn('one', '61', 'start')).toMatchObject({ code: 0 })
  expect(await actOn('two', '62', 'start')).toMatchObject({ code: 0 })
  await holdLock(`${MOUNT}/two`)
  expect(await actOn('one', '61', 'stop')).toMatchObject({ code: 0 })
  expect(await actOn('two', '62', 'monitor', 10)).toMatchObject({ code: 0 })
  await guest('grep -q lock /proc/fs/nfsd/clients/*/states')
  expect(await actOn('two', '62', 'stop')).toMatchObject({ code: 0 })
  await guest(`grep -q '^th 0 ' /proc/net/rpc/nfsd && umount ${MOUNT}`)
  await dropLock()
  await startNfsServer(ground(), 'a')
})

test('records that cannot be used, an fsid in use and overlapping exports are refused by name', async () => {
  const foreign = `'10.77.0.14:${MOUNT}/foreign'`
  await guest(`mkdir -p ${MOUNT}/foreign; exportfs -o ro,fsid=42,no_subtree_check ${foreign}`)
  const overlap = await act(ground(), 'start')
  expect(overlap).toMatchObject({
    code: 2,
    output: expect.stringMatching(/fsid 42 is used|lie in each other/),
  })
  expect(await act(ground(), 'stop')).toMatchObject({ code: 0 })
  expect(await guest('cat /var/lib/nfs/etab')).toContain(`${MOUNT}/foreign`)
  await guest(`exportfs -u ${foreign}; touch ${MOUNT}/file`)
  const records = { ...PARAMETERS, ...RECORDS, state_directory: `${MOUNT}/file` }
  const { code, output } = await agentIn(ground(), 'a', 'start', records)
  expect(code).toBe(1)
  expect(output).toContain('(state_directory) cannot be used')
  await startNfsServer(ground(), 'a')
})

test('while a write hangs no second one is sent, even where nothing can be noted because /run is full', async () => {
  await act(ground(), 'start')
  const used = await guest('df --output=used /run | tail -n 1')
  await guest(`mount -o remount,size=${Number(used) + 64}k /run; cat /dev/zero > /run/full 2>/dev/null || :`)
  await guest('dmsetup suspend --nolockfs --noflush data')
  for (let count = 0; count < 3; count++) {
    const deep = await act(ground(), 'monitor', { depth: 20, recurring: true })
    expect(deep).toMatchObject({ code: 190, output: expect.stringContaining('hangs') })
  }
  const hung = `grep -lz haha-write-test $(grep -lx dd /proc/[0-9]*/comm | sed s/comm/cmdline/) | wc -l`
  expect((await guest(hung)).trim()).toBe('1')
  await guest('dmsetup resume --noudevsync data; rm /run/full; mount -o remount,size=50% /run')
  expect(await act(ground(), 'stop')).toMatchObject({ code: 0 })
})

test('ocf-tester finds no fault', async () => {
  const { code, output } = await execInGuest(ground(), 'a', testerCommand(PARAMETERS), 300)
  expect(output).toContain('passed all tests')
  expect(code).toBe(0)
})

test('an I/O error fails the monitor that writes, and stop still answers in time', async () => {
  await act(ground(), 'start')
  await breakDisk(ground(), 'a')
  const deep = await act(ground(), 'monitor', { depth: 20, recurring: true })
  expect(deep.code).toBe(1)
  expect(deep.output).toMatch(/Input\/output error|read-only|NFS4ERR_IO/)
  const begin = performance.now()
  expect(await act(ground(), 'stop')).toMatchObject({ code: 0 })
  expect(performance.now() - begin).toBeLessThan(60_000)
})
