import { realpathSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cpuTimes, type Measured } from './bench/cpu-time.ts'
import { holds, type Row, table } from './bench/limits.ts'
import { rivals } from './bench/rivals.ts'
import { probes, type RunningStack, startStack } from './bench/stack.ts'
import { root } from './bundle.ts'
import { agentBytesGoal } from './bundle-gate.ts'
import { nodeExecutable } from './nodes.ts'

const rounds = 40
const agent = join(root, 'dist/ocf/haha/compose-stack')

interface Build {
  readonly name: string
  readonly node: string
  /** Most that monitor may cost of heartbeat:docker-compose: Debian's own build starts four times slower. */
  readonly ofRival: number
}

async function builds(): Promise<readonly Build[]> {
  return [
    { name: 'official 20', node: await nodeExecutable('official-20'), ofRival: 0.3 },
    { name: 'official 22', node: realpathSync(process.execPath), ofRival: 0.3 },
    { name: "Debian 12's 18", node: await nodeExecutable('debian-12'), ofRival: 0.9 },
  ]
}

/** All commands in one pass, so that each ratio is of runs that stood side by side. */
async function measure(stack: RunningStack, empty: string): Promise<readonly Row[]> {
  const { composeAgent, dockerAgent, dockerPs } = await rivals(stack)
  const tried = await builds()
  const commands = [
    composeAgent,
    dockerAgent,
    dockerPs,
    ...tried.flatMap(build => ownCommands(build, stack, empty)),
  ]
  const [compose = [], docker = [], ps = [], ...own] = await cpuTimes(commands, rounds, stack.engine.netns)
  const each = own.length / tried.length
  return [
    { name: 'heartbeat:docker-compose monitor', times: compose },
    { name: 'heartbeat:docker monitor (one container)', times: docker },
    { name: 'docker ps', times: ps },
    ...tried.flatMap(({ name, ofRival }, at) => {
      const [bare = [], plain = [], https = [], exec = [], metaData = []] = own.slice(at * each)
      const row = (
        what: string,
        times: readonly number[],
        of: string,
        base: readonly number[],
        limit?: number,
      ) => ({
        name: `${name}: ${what}`,
        times,
        against: { name: of, times: base, ...(limit === undefined ? {} : { limit }) },
      })
      return [
        { name: `${name}: bare`, times: bare },
        row('monitor, 3 http and tcp probes', plain, 'bare', bare, 1.3),
        row('', plain, 'heartbeat:docker-compose', compose, ofRival),
        row('', plain, 'heartbeat:docker (one container)', docker),
        row('', plain, 'docker ps', ps),
        row('monitor, one probe https', https, 'bare', bare, 2),
        row('monitor, one probe exec', exec, 'bare', bare, 2),
        row('meta-data', metaData, 'bare', bare, 1.1),
      ]
    }),
  ]
}

function ownCommands({ node }: Build, stack: RunningStack, empty: string): readonly Measured[] {
  const look = (which: keyof typeof probes): Measured => ({
    argv: [node, agent, 'monitor'],
    env: stack.monitorEnvironment(probes[which]),
  })
  return [
    { argv: [node, empty], env: {} },
    look('plain'),
    look('https'),
    look('exec'),
    { argv: [node, agent, 'meta-data'], env: {} },
  ]
}

async function main(): Promise<number> {
  const { size } = statSync(agent)
  const stack = await startStack('bench', agent)
  try {
    const empty = join(stack.directory, 'empty.cjs')
    writeFileSync(empty, '')
    const rows = await measure(stack, empty)
    const isSmall = size <= agentBytesGoal
    const verdict = isSmall ? 'holds' : 'MISSED'
    process.stdout.write(`${table(rows)}\n\nbundle: ${size} bytes, limit ${agentBytesGoal}: ${verdict}\n`)
    return isSmall && rows.every(holds) ? 0 : 1
  } finally {
    await stack.close()
  }
}

process.exitCode = await main()
