import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { stateFolder } from '../lib/ocf/state-file.ts'
import { environmentOf } from '../test/executor.ts'
import { allBuilds } from './bench/builds.ts'
import { cpuTimes, type Measured } from './bench/cpu-time.ts'
import { holds, type Row, table } from './bench/limits.ts'
import { root } from './bundle.ts'

const rounds = 60
const agent = join(root, 'dist/ocf/haha/nfs-ocfs2-export')
/** Most that depth 0 may cost of node itself. */
const ofBare = 1.2

/**
 * A kernel that exports, as far as depth 0 looks: a mount, the etab of exportfs, the statistics of nfsd and the
 * heartbeat of o2cb. They are laid in a mount namespace; what is real in /proc is still to be had there.
 */
const PLAYED = `
set -e; scratch=$1; shift; share=/srv
mount -t tmpfs share $share
mount -t tmpfs nfs /var/lib/nfs 2>/dev/null || { mount -t tmpfs lib /var/lib; mkdir /var/lib/nfs; }
for client in 127.0.0.1 10.0.0.0/8; do echo "$share $client(rw,sync,wdelay,hide,nocrossmnt,secure,no_root_squash,no_subtree_check,fsid=42)"; done >/var/lib/nfs/etab
mount -t tmpfs debug /sys/kernel/debug
mkdir -p /sys/kernel/debug/o2hb/7A3D648A33CF48A9 && echo 812 >/sys/kernel/debug/o2hb/7A3D648A33CF48A9/elapsed_time_in_ms
mount -t tmpfs state ${stateFolder}
mkdir $scratch/proc && mount --rbind /proc $scratch/proc && mount -t tmpfs proc /proc
for entry in $scratch/proc/[a-z]*; do ln -s $entry /proc/; done
rm /proc/net && mkdir -p /proc/net/rpc && echo 'th 8 0' >/proc/net/rpc/nfsd
exec "$@"`

/** Monitors of depth 0 against node with an empty script, in one pass. */
async function measure(empty: string): Promise<readonly Row[]> {
  const env = environmentOf(
    {
      action: 'monitor',
      instance: 'p_bench-export',
      intervalMs: 15_000,
      parameters: { directory: '/srv', fsid: '42', clients: '10.0.0.0/8=rw,no_root_squash', fstype: 'tmpfs' },
    },
    60_000,
  )
  const tried = await allBuilds()
  const times = await cpuTimes(
    tried.flatMap(({ node }): readonly Measured[] => [
      { argv: [node, empty], env: {} },
      { argv: [node, agent, 'monitor'], env },
    ]),
    rounds,
  )
  return tried.flatMap(({ name, isOldest }, at) => {
    const [bare = [], depth0 = []] = times.slice(at * 2, at * 2 + 2)
    const limit = isOldest ? {} : { limit: ofBare }
    return [
      { name: `${name}: bare`, times: bare },
      {
        name: `${name}: monitor of depth 0`,
        times: depth0,
        against: { name: 'bare', times: bare, ...limit },
      },
    ]
  })
}

async function main(): Promise<number> {
  const scratch = mkdtempSync(join(tmpdir(), 'haha-bench-export-'))
  try {
    if (process.env.HAHA_PLAYED_EXPORT === undefined) {
      const again = [process.execPath, ...process.argv.slice(1)]
      const inside = ['--mount', '--propagation', 'private', 'sh', '-c', PLAYED, 'sh', scratch, ...again]
      const env = { HAHA_PLAYED_EXPORT: 'laid' }
      const { exitCode } = await execa('unshare', inside, { stdio: 'inherit', reject: false, env })
      return exitCode ?? 1
    }
    const empty = join(scratch, 'empty.cjs')
    writeFileSync(empty, '')
    const rows = await measure(empty)
    process.stdout.write(`${table(rows)}\n`)
    return rows.every(holds) ? 0 : 1
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

process.exitCode = await main()
