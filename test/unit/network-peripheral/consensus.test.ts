import { describe, expect, test } from 'vitest'
import {
  afterFailure,
  afterSuccess,
  type Consensus,
  firstConsensus,
  isDownForAll,
  outcomeText,
  readOutcomes,
} from '../../../agents/network-peripheral/consensus.ts'

const counts = { failCount: 2, riseCount: 2, advantageCount: 2 }
const intervalMs = 15_000

/** A reproducible source of chance (mulberry32). */
function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

interface Played {
  readonly node: string
  consensus: Consensus
  readonly published: { readonly atMs: number; readonly value: 0 | 1 }[]
}

interface Circumstances {
  readonly everyMs?: number
  /** How much longer one failing look may take than another: on a busy node its tries wait for their turn. */
  readonly spreadMs?: number
  /** Until when a node looks; what it told last stays, as it does while its monitors are stopped or stuck. */
  readonly looksUntil?: (node: string) => number
}

/**
 * Three nodes look at a peripheral, each in its own phase; a look that fails takes longer than one that
 * succeeds, and an outcome is told when the look ends.
 */
function play(
  seed: number,
  durationMs: number,
  reaches: (node: string, atMs: number) => boolean,
  { everyMs = intervalMs, spreadMs = 2200, looksUntil = () => durationMs }: Circumstances = {},
): Played[] {
  const random = chance(seed)
  const attributes = new Map<string, string>()
  const nodes: Played[] = ['n1', 'n2', 'n3'].map(node => ({
    node,
    consensus: firstConsensus(Math.floor(random() * 1000), 1),
    published: [],
  }))
  const looks: { atMs: number; run: () => void }[] = []
  const later = (atMs: number, run: () => void) => {
    looks.push({ atMs, run })
    looks.sort((one, other) => one.atMs - other.atMs)
  }
  const look = (player: Played, beginMs: number) => {
    const ok = reaches(player.node, beginMs)
    const endMs = beginMs + (ok ? 10 + random() * 40 : 1000 + random() * spreadMs)
    later(endMs, () => {
      attributes.set(player.node, outcomeText(ok, player.consensus.sequence + 1))
      const before = player.consensus
      player.consensus = ok
        ? afterSuccess(before, counts)
        : afterFailure(before, readOutcomes(attributes, player.node), counts)
      if (player.consensus.published !== before.published)
        player.published.push({ atMs: endMs, value: player.consensus.published })
      // Pacemaker counts the interval from the end of a monitor.
      const nextMs = endMs + everyMs + random() * 200
      if (nextMs < looksUntil(player.node)) later(nextMs, () => look(player, nextMs))
    })
  }
  for (const player of nodes) {
    const phase = random() * intervalMs
    later(phase, () => look(player, phase))
  }
  for (let next = looks.shift(); next !== undefined; next = looks.shift()) next.run()
  return nodes
}

const outage = (atMs: number) => atMs > 90_000 && atMs < 270_000

describe('a peripheral that is dead for everybody', () => {
  test.each([3000, 5000, 15_000])('makes no node say 0 at an interval of %i ms, in 1000 outages', everyMs => {
    for (let seed = 0; seed < 1000; seed += 1) {
      const nodes = play(seed, 450_000, (_, atMs) => !outage(atMs), { everyMs })
      expect(
        nodes.flatMap(node => node.published),
        `seed ${seed}`,
      ).toEqual([])
    }
  })

  test('makes no node say 0 on the word of a peer that is late: its last ok is older than the outage', () => {
    for (let seed = 0; seed < 200; seed += 1) {
      const nodes = play(seed, 450_000, (_, atMs) => !outage(atMs), { everyMs: 5000, spreadMs: 9000 })
      expect(
        nodes.flatMap(node => node.published),
        `seed ${seed}`,
      ).toEqual([])
    }
  })

  test('makes no node say 0 on the word of a peer that no longer looks', () => {
    for (let seed = 0; seed < 200; seed += 1) {
      const looksUntil = (node: string) => (node === 'n3' ? 80_000 : 450_000)
      const nodes = play(seed, 450_000, (_, atMs) => !outage(atMs), { looksUntil })
      expect(
        nodes.flatMap(node => node.published),
        `seed ${seed}`,
      ).toEqual([])
    }
  })

  test('is told as down for all by every node', () => {
    for (const { consensus } of play(7, 240_000, (_, atMs) => !outage(atMs)))
      expect(isDownForAll(consensus, counts)).toBe(true)
  })
})

describe('a peripheral that one node alone has lost', () => {
  test('becomes 0 there within three intervals and 1 again afterwards, once each', () => {
    for (let seed = 0; seed < 500; seed += 1) {
      const nodes = play(seed, 450_000, (node, atMs) => node !== 'n2' || !outage(atMs))
      expect(nodes.filter(({ node }) => node !== 'n2').flatMap(({ published }) => published)).toEqual([])
      const [lost, back, ...more] = nodes.find(({ node }) => node === 'n2')?.published ?? []
      expect(lost?.value, `seed ${seed}`).toBe(0)
      expect((lost?.atMs ?? 0) - 90_000, `seed ${seed}`).toBeLessThan(3 * intervalMs)
      expect(back?.value).toBe(1)
      expect(more).toEqual([])
    }
  })

  test('is 1 again when the others lose it too: there is nowhere better', () => {
    const nodes = play(3, 360_000, (node, atMs) => atMs < 90_000 || (node !== 'n2' && atMs < 210_000))
    expect(nodes.find(({ node }) => node === 'n2')?.published.map(({ value }) => value)).toEqual([0, 1])
    expect(nodes.filter(({ node }) => node !== 'n2').flatMap(({ published }) => published)).toEqual([])
  })
})

describe('the outcome of a peer', () => {
  const failing = (before: Consensus, outcome: string) =>
    afterFailure(before, readOutcomes(new Map([['n2', outcome]]), 'n1'), counts)

  test('that does not come anew proves nothing, however often it is read', () => {
    let consensus = firstConsensus(1, 1)
    for (let look = 0; look < 10; look += 1) consensus = failing(consensus, 'ok:500')
    expect(consensus).toMatchObject({ published: 1, advantage: 0 })
  })

  test('late by one look does not call the stack back', () => {
    let consensus = failing(failing(firstConsensus(1, 1), 'ok:500'), 'ok:501')
    expect(consensus.published).toBe(0)
    consensus = failing(consensus, 'ok:501')
    expect(consensus).toMatchObject({ published: 0, alone: 1 })
    consensus = failing(consensus, 'ok:501')
    expect(consensus.published).toBe(1)
  })

  test('is its alone: our own and what is no outcome are left out', () => {
    const values = new Map([
      ['n1', 'ok:5'],
      ['n2', 'fail:6'],
      ['n3', 'perhaps'],
    ])
    expect([...readOutcomes(values, 'n1')]).toEqual([['n2', { ok: false, sequence: 6 }]])
  })
})

test('a flapping link never becomes 0: no two failures in a row', () => {
  let consensus = firstConsensus(1, 1)
  for (let look = 0; look < 50; look += 1) {
    consensus = afterFailure(consensus, readOutcomes(new Map([['n2', `ok:${look}`]]), 'n1'), counts)
    consensus = afterSuccess(consensus, counts)
    expect(consensus.published).toBe(1)
  }
})
