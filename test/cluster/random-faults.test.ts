import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type AtWork, StackCluster } from './stack-cluster.ts'
import { MONITOR_SECONDS, REQUIRED } from './stack-files.ts'

const FAULTS = process.env.HAHA_FULL === '1' ? 20 : 5
const LIMIT_MS = FAULTS * 150_000

interface RandomFault {
  readonly name: string
  /** Nodes that may be fenced for it. */
  readonly fences: (at: AtWork) => readonly string[]
  readonly befall: (at: AtWork) => Promise<void>
}

let stack: StackCluster

beforeAll(async () => {
  stack = await StackCluster.up({ name: 'faults' })
})
afterAll(() => stack?.down())

const nobody = () => []
const theActive = ({ active }: AtWork) => [active]
const kinds: readonly RandomFault[] = [
  {
    name: 'the power of the active node is cut',
    fences: theActive,
    befall: ({ active }) => stack.cluster.crash(active),
  },
  {
    name: 'the power of the standby is cut',
    fences: ({ standby }) => [standby],
    befall: ({ standby }) => stack.cluster.crash(standby),
  },
  {
    name: 'the network of the active node is cut',
    fences: theActive,
    befall: async ({ active }) => {
      await stack.cluster.cut(active)
      await pause(8000)
      await stack.cluster.uncut(active)
    },
  },
  {
    name: 'the arbiter crashes',
    fences: () => ['n3'],
    befall: () => stack.cluster.crash('n3'),
  },
  {
    name: 'an application dies in its container',
    fences: nobody,
    befall: ({ active }) => stack.misbehave(active, REQUIRED.esp, 'die'),
  },
  {
    name: 'a container is killed',
    fences: nobody,
    befall: async ({ active }) => {
      await stack.run(active, 'docker kill $(docker ps -q -f label=com.docker.compose.service=app)')
    },
  },
  {
    name: 'dockerd is killed on the active node',
    fences: nobody,
    befall: async ({ active }) => {
      await stack.run(active, 'kill -KILL $(pidof dockerd)')
    },
  },
  {
    name: 'dockerd hangs on the active node',
    fences: nobody,
    befall: async ({ active, standby }) => {
      await stack.run(active, 'kill -STOP $(pidof dockerd)')
      await stack.until(
        'the stack runs on the other worker',
        async () => stack.running().some(one => one.node === standby),
        90_000,
      )
      await stack.run(active, 'kill -CONT $(pidof dockerd)')
    },
  },
  {
    name: 'the active node goes standby',
    fences: nobody,
    befall: async ({ active }) => {
      await stack.run('n3', `crm node standby ${active}; sleep 10; crm node online ${active}`)
    },
  },
]

let deck: RandomFault[] = []

/** Each kind once before any comes again: of five draws no two are the same. */
function draw(): RandomFault {
  if (deck.length === 0) deck = [...kinds]
  const [fault] = deck.splice(Math.floor(Math.random() * deck.length), 1)
  if (fault === undefined) throw new Error('the deck is empty')
  return fault
}

test(
  `${FAULTS} random faults in a row: nothing runs twice, nothing is left failed, nobody is fenced for nothing`,
  async () => {
    const told: string[] = []
    for (let count = 1; count <= FAULTS; count++) {
      const at = await stack.settled()
      const fault = draw()
      await stack.mark()
      const began = Date.now()
      await fault.befall(at)
      await pause(MONITOR_SECONDS * 1000 + 2000)
      const after = await stack.settled()
      const fenced = await stack.fenced()
      told.push(
        `${count}. ${fault.name}: ${at.active} -> ${after.active}, ${Math.round((Date.now() - began) / 1000)} s`,
      )
      const summary = told.join('\n')
      expect(
        fenced.filter(node => !fault.fences(at).includes(node)),
        summary,
      ).toEqual([])
      stack.expectNeverTwice()
    }
    console.log(told.join('\n'))
  },
  LIMIT_MS,
)
