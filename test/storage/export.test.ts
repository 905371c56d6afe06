import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { execInGuest, type Ground } from '../../scripts/guests/guest.ts'
import { closeLab, labGround } from '../../scripts/guests/lab.ts'
import { breakDisk, DEVICE, mustExec } from '../../scripts/guests/storage.ts'
import { agentIn, MOUNT, openExportGuest, testerOptions } from './export-guest.ts'

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
  await guest(`mountpoint -q ${MOUNT} || mount -t ocfs2 ${DEVICE} ${MOUNT}`)
})

test('start, every depth of monitor and stop, and the filesystem can be unmounted', async () => {
  expect((await agentIn(ground(), 'monitor')).code).toBe(7)
  expect(await agentIn(ground(), 'start')).toMatchObject({ code: 0 })
  for (const depth of [0, 10, 20] as const)
    expect(await agentIn(ground(), 'monitor', { depth, recurring: true })).toMatchObject({ code: 0 })
  expect(await agentIn(ground(), 'stop')).toMatchObject({ code: 0 })
  expect((await agentIn(ground(), 'monitor')).code).toBe(7)
  await guest(`umount ${MOUNT}`)
})

test('where metrics are asked for, the storage tells how long a write took and what its device did', async () => {
  await guest('mkdir -p /tmp/prom; echo METRICS_DIRECTORY=/tmp/prom > /etc/default/resource-agents-haha')
  await agentIn(ground(), 'start')
  expect(await agentIn(ground(), 'monitor', { depth: 20, recurring: true })).toMatchObject({ code: 0 })
  let text = ''
  // Nobody waits for a copy: one that is slow leaves the figures to the next monitor.
  for (let tries = 0; tries < 20 && !text.includes('haha_storage_write_seconds'); tries++) {
    expect(await agentIn(ground(), 'monitor', { recurring: true })).toMatchObject({ code: 0 })
    text = await guest('cat /tmp/prom/haha_nfs-ocfs2-export_*.prom 2>/dev/null || true')
  }
  expect(text).toMatch(/^haha_storage_write_seconds\{[^}]*\} \d/m)
  expect(text).toMatch(
    /^haha_storage_device_operations_total\{[^}]*device="[^"]+",direction="write"\} [1-9]/m,
  )
  await guest('rm /etc/default/resource-agents-haha')
  expect(await agentIn(ground(), 'stop')).toMatchObject({ code: 0 })
})

test('without the mount nothing is exported: start fails and names it, a probe says not running', async () => {
  await guest(`umount ${MOUNT}`)
  expect((await agentIn(ground(), 'monitor')).code).toBe(7)
  const { code, output } = await agentIn(ground(), 'start')
  expect(code).toBe(1)
  expect(output).toContain('is its filesystem mounted?')
  expect(await guest('cat /var/lib/nfs/etab')).not.toContain(MOUNT)
})

test('a poisoned export is told as stale, cured in place once, and healthy again', async () => {
  await agentIn(ground(), 'start')
  // What mountd writes when it finds no filesystem for an fsid: clients get NFS4ERR_STALE until it expires.
  await guest(`printf '127.0.0.1 1 \\\\x2a000000 2147483647 \\n' > /proc/net/rpc/nfsd.fh/channel`)
  const probe = await agentIn(ground(), 'monitor', { depth: 10, recurring: true })
  expect(probe.output).toContain('NFS4ERR_STALE')
  expect(probe.code).toBe(190)
  expect(await agentIn(ground(), 'monitor', { depth: 10, recurring: true })).toMatchObject({ code: 0 })
  expect(await agentIn(ground(), 'stop')).toMatchObject({ code: 0 })
})

test('a client that holds a lock does not keep the filesystem mounted after stop', async () => {
  await agentIn(ground(), 'start')
  await guest(`mkdir -p /mnt/v4; mount -t nfs -o vers=4.2,soft,timeo=50,retrans=1 127.0.0.1:${MOUNT} /mnt/v4`)
  await guest('(exec 9>/mnt/v4/held; flock 9; sleep 60) </dev/null >/dev/null 2>&1 & echo $! > /tmp/holder')
  await guest(
    'for i in $(seq 100); do grep -q lock /proc/fs/nfsd/clients/*/states && exit 0; sleep .3; done; exit 1',
  )
  expect(await agentIn(ground(), 'stop')).toMatchObject({ code: 0 })
  await guest(`umount ${MOUNT}`)
  await execInGuest(ground(), 'a', 'kill $(cat /tmp/holder); umount -l /mnt/v4', 30)
})

test('ocf-tester finds no fault', async () => {
  const tester = `ocf-tester -n p_tester ${testerOptions} /usr/lib/ocf/resource.d/haha/nfs-ocfs2-export`
  const { code, output } = await execInGuest(ground(), 'a', tester, 300)
  expect(output).toContain('passed all tests')
  expect(code).toBe(0)
})

test('an I/O error fails the monitor that writes, and stop still answers in time', async () => {
  await agentIn(ground(), 'start')
  await breakDisk(ground(), 'a')
  const deep = await agentIn(ground(), 'monitor', { depth: 20, recurring: true })
  expect(deep.code).toBe(1)
  expect(deep.output).toMatch(/Input\/output error|read-only|NFS4ERR_IO/)
  const begin = performance.now()
  expect(await agentIn(ground(), 'stop')).toMatchObject({ code: 0 })
  expect(performance.now() - begin).toBeLessThan(60_000)
})
