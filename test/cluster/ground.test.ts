import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cluster, upCluster } from '../../scripts/lab/cluster.ts'
import { clusterPlan, type NodeName } from '../../scripts/lab/plan.ts'
import { eventually } from '../peers/eventually.ts'
import { fencingByPlugs } from './fencing.ts'
import { tracesOf } from './traces.ts'

const REPOSITORY = join(import.meta.dirname, '../..')
const COMMAND = join(REPOSITORY, 'scripts/lab/main.ts')
const NAME = 'ground'
const UP_MS = 180_000
const BACK_MS = 60_000

/** Prints the state of a process that writes to a frozen filesystem: SIGKILL alone does not end it. */
const HANG_A_WRITER = `set -e
truncate -s 32M /var/lib/docker/image
mkfs.ext4 -q /var/lib/docker/image
mkdir -p /mnt/frozen
mount -o loop /var/lib/docker/image /mnt/frozen
fsfreeze -f /mnt/frozen
touch /mnt/frozen/writer >/dev/null 2>&1 &
sleep 0.5
ps -o stat= -p $!
`

/** The command as scripts/cluster runs it, once its set-up is done. */
const lab = (args: readonly string[]) => execa(process.execPath, [COMMAND, ...args], { reject: false })

describe('three nodes of Debian 12', () => {
  let cluster: Cluster
  beforeAll(async () => {
    cluster = await upCluster(clusterPlan({ name: NAME, lifetime: 'this process' }))
  }, UP_MS)
  afterAll(() => cluster?.down(), 60_000)

  test('form one partition with quorum and a DC, as each of them sees it', async () => {
    for (const node of cluster.nodes) {
      const state = await cluster.state(node)
      expect(state.quorum).toBe(true)
      expect(state.dc).toBeDefined()
      expect(state.nodes.filter(one => one.online).map(one => one.name)).toEqual(['n1', 'n2', 'n3'])
      const shown = await cluster.exec(node, ['crm', 'status'])
      expect(shown.exitCode, shown.stderr).toBe(0)
      expect(shown.stdout).toContain('Online: [ n1 n2 n3 ]')
    }
  })

  test('have our package, and crmsh finds its agents', async () => {
    for (const node of cluster.nodes) {
      const installed = await cluster.exec(node, ['dpkg', '--status', 'resource-agents-haha'])
      expect(installed.stdout).toContain('Status: install ok installed')
      const told = await cluster.exec(node, ['crm', 'ra', 'info', 'ocf:haha:compose-stack'])
      expect(told.stdout).toContain('directory')
    }
  })

  test('see the shared folder as a mount of their own, with what the host put there', async () => {
    writeFileSync(join(cluster.shared, 'hello'), 'from the host')
    for (const node of cluster.nodes) {
      expect((await cluster.exec(node, ['mountpoint', '/mnt/iot'])).exitCode).toBe(0)
      expect((await cluster.exec(node, ['cat', '/mnt/iot/hello'])).stdout).toBe('from the host')
    }
  })

  test('run containers on the workers, in a control group that the host can list', async () => {
    await cluster.loadImages(['haha/busybox:1'])
    for (const node of cluster.plan.workers) {
      const started = await cluster.exec(node, ['docker', 'run', '-d', 'haha/busybox:1'])
      expect(started.exitCode, started.stderr).toBe(0)
      expect(groupsBelow(cluster.cgroup(node)).some(group => group.includes(started.stdout))).toBe(true)
      await cluster.exec(node, ['docker', 'rm', '-f', started.stdout])
    }
    expect((await cluster.exec('n3', ['systemctl', 'is-active', 'docker'])).stdout).toBe('inactive')
  })

  test('serve the VIP to a client on their network', async () => {
    await cluster.load(`primitive vip IPaddr2 params ip=${cluster.vip} cidr_netmask=24 nic=eth0`)
    const ask = [`--net=/run/netns/${cluster.clientNamespace}`, 'ping', '-c1', '-W1', cluster.vip]
    await eventually(async () => {
      expect((await execa('nsenter', ask, { reject: false })).exitCode).toBe(0)
    })
  })

  test('lose a node whose plug is switched off, and read that back with our agent', async () => {
    await cluster.power('n3').off()
    expect(cluster.pid1('n3')).toBeUndefined()
    const question = `driver=tasmota\nip=${cluster.power('n3').address}\nport=1\naction=status\n`
    const answer = await cluster.exec('n1', ['fence_homelab'], { input: question })
    expect(answer).toMatchObject({ exitCode: 2, stdout: 'Status: OFF' })
    await cluster.power('n3').on()
    await cluster.waitFormed(BACK_MS)
    expect(cluster.pid1('n3')).toBeDefined()
  })

  test('lose their power also when a process hangs on a frozen filesystem', async () => {
    const hung = await cluster.exec('n3', ['sh', '-c', HANG_A_WRITER])
    expect(hung.stdout, hung.stderr).toContain('D')
    await cluster.power('n3').off()
    expect(cluster.pid1('n3')).toBeUndefined()
    await cluster.power('n3').on()
    await cluster.waitFormed(BACK_MS)
  })

  test('fence a node that crashed, which comes back and joins', async () => {
    await cluster.load(fencingByPlugs(cluster))
    await eventually(async () => {
      const fences = (await cluster.state()).resources.filter(one => one.agent.endsWith(':fence_homelab'))
      expect(fences.map(one => one.active)).toEqual([true, true, true])
    }, 30_000)
    const before = cluster.pid1('n2')
    const since = Date.now()
    await cluster.crash('n2')
    await fenced('n2', since)
    await cluster.waitFormed(BACK_MS)
    expect(cluster.pid1('n2')).not.toBe(before)
  })

  test('fence a node whose cable is cut while it runs on', async () => {
    const before = cluster.pid1('n1')
    const since = Date.now()
    await cluster.cut('n1')
    expect(cluster.pid1('n1')).toBe(before)
    await fenced('n1', since)
    await cluster.uncut('n1')
    await cluster.waitFormed(BACK_MS)
    expect(cluster.pid1('n1')).not.toBe(before)
  })

  test('are refused a second time while they run', async () => {
    const again = await lab(['--name', NAME, 'up', '--deb', packagePath()])
    expect(again.exitCode).toBe(1)
    expect(again.stderr).toBe(
      `scripts/cluster: cluster ${NAME} belongs to the running process ${process.pid}: choose another --name`,
    )
  })

  test('taken down, leave no process, mount, namespace, control group or file', async () => {
    expect(tracesOf(NAME)).not.toEqual([])
    await cluster.down()
    expect(tracesOf(NAME)).toEqual([])
  })

  async function fenced(node: NodeName, sinceMs: number): Promise<void> {
    await eventually(async () => {
      const log = await cluster.power(node).log()
      expect(log.filter(event => event.atMs > sinceMs).map(event => event.what)).toContain('off')
    }, 30_000)
  }
})

describe('a command that is ended while the nodes boot', () => {
  test.each([
    ['by Ctrl-C, clears up before it goes', 'SIGINT', 130],
    ['by SIGKILL, leaves its cluster to its controller, which clears up', 'SIGKILL', null],
  ] as const)(
    '%s',
    async (_, signal, code) => {
      const name = `ground-${signal.toLowerCase()}`
      const run = spawn(process.execPath, [COMMAND, '--name', name, 'up', '2', '--deb', packagePath()], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      try {
        await said(run, 'booting')
        const ended = new Promise(resolve => run.once('exit', resolve))
        run.kill(signal)
        expect(await ended).toBe(code)
        await eventually(async () => expect(tracesOf(name)).toEqual([]), 15_000)
      } finally {
        run.kill('SIGKILL')
        await lab(['--name', name, 'down'])
      }
    },
    60_000,
  )
})

test(
  'two nodes of Debian 13 form, with Pacemaker 3 and crmsh 5',
  async () => {
    const cluster = await upCluster(
      clusterPlan({ name: 'ground-13', nodes: 2, suite: 'trixie', lifetime: 'this process' }),
    )
    try {
      const { stdout } = await cluster.exec('n1', ['pacemakerd', '--version'])
      expect(stdout).toContain('Pacemaker 3.')
      expect((await cluster.exec('n2', ['crm', 'status'])).stdout).toContain('Online: [ n1 n2 ]')
    } finally {
      await cluster.down()
    }
    expect(tracesOf('ground-13')).toEqual([])
  },
  UP_MS,
)

test.each([
  [['up', '4'], 'up 4: a cluster has 2 or 3 nodes'],
  [['power', 'n9', 'off'], 'node n9: expected n1, n2 or n3'],
  [['frobnicate'], 'no verb frobnicate'],
])('%j is refused with the usage', async (args, reason) => {
  const { exitCode, stderr } = await lab(args)
  expect(exitCode).toBe(2)
  expect(stderr.split('\n')[0]).toBe(`scripts/cluster: ${reason}`)
})

test('a verb for a cluster that is not up says so in one line', async () => {
  const { exitCode, stderr } = await lab(['--name', 'nobody', 'exec', 'n1', 'true'])
  expect(exitCode).toBe(1)
  expect(stderr).toBe('scripts/cluster: no cluster nobody is up: scripts/cluster up --name nobody')
})

function packagePath(): string {
  const name = readdirSync(join(REPOSITORY, 'dist')).find(one => one.endsWith('.deb'))
  if (name === undefined) throw new Error('no .deb in dist/: npm run package')
  return join(REPOSITORY, 'dist', name)
}

function groupsBelow(folder: string): string[] {
  return existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(path => path.endsWith('cgroup.procs'))
    : []
}

function said(run: ChildProcess, word: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = ''
    run.stdout?.on('data', part => {
      text += String(part)
      if (text.includes(word)) resolve()
    })
    run.once('exit', code => reject(new Error(`ended with ${code} before it said ${word}: ${text}`)))
  })
}
