import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { AtWork, StackCluster } from './stack-cluster.ts'
import { MONITOR_SECONDS, REQUIRED } from './stack-files.ts'

const FAULTS = process.env.HAHA_FULL === '1' ? 20 : 5
const LIMIT_MS = FAULTS * 150_000

interface RandomFault {
  readonly name: string
  /** Nodes that may be fenced for it. */
  readonly fences: (at: AtWork) => readonly string[]
  readonly befall: (at: AtWork) => Promise<void>
}

const nobody = () => []
const theActive = ({ active }: AtWork) => [active]
const kindsOn = (stack: StackCluster): readonly RandomFault[] => [
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

/** Faults without end, each kind once before any comes again: of five draws no two are the same. */
function* drawn(stack: StackCluster): Generator<RandomFault> {
  for (;;) {
    const deck = [...kindsOn(stack)]
    while (deck.length > 0) yield* deck.splice(Math.floor(Math.random() * deck.length), 1)
  }
}

/** On a cluster that others have brought up. */
export function randomFaultTests(stackOf: () => StackCluster): void {
  test(
    `${FAULTS} random faults in a row: nothing runs twice, nothing is left failed, nobody is fenced for nothing`,
    async () => {
      const stack = stackOf()
      const told: string[] = []
      for (const fault of drawn(stack)) {
        const at = await stack.settled()
        await stack.mark()
        const began = Date.now()
        await fault.befall(at)
        await pause(MONITOR_SECONDS * 1000 + 2000)
        const after = await stack.settled()
        const fenced = await stack.fenced()
        const seconds = Math.round((Date.now() - began) / 1000)
        told.push(`${told.length + 1}. ${fault.name}: ${at.active} -> ${after.active}, ${seconds} s`)
        const summary = told.join('\n')
        expect(
          fenced.filter(node => !fault.fences(at).includes(node)),
          summary,
        ).toEqual([])
        stack.expectNeverTwice()
        if (told.length === FAULTS) break
      }
      console.log(told.join('\n'))
    },
    LIMIT_MS,
  )
}
