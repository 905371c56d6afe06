import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Engine } from '../../scripts/engine/engine.ts'
import { installEnginePackages, installRivalAgents } from '../../scripts/engine/host-packages.ts'
import { startStockedEngine } from '../../scripts/engine/stocked.ts'
import { runAction } from '../executor.ts'
import { QUICK_IMAGES } from './stack.ts'
import { sleepers, Trial } from './trial.ts'

const RIVAL = '/usr/lib/ocf/resource.d/heartbeat/docker'

let engine: Engine
let trial: Trial

beforeAll(async () => {
  await installEnginePackages()
  await installRivalAgents()
  engine = await startStockedEngine({ name: `docker-${process.pid}`, version: 'newest' }, QUICK_IMAGES)
})
afterAll(() => engine?.stop())
afterEach(async () => {
  await engine.start()
  await trial.clear()
})

/** The agent of the distribution for one container. */
async function rival(action: string, image = 'haha/busybox:1') {
  const parameters = { image, name: 'rival', run_cmd: 'sleep 1000000', allow_pull: 'no', force_kill: 'yes' }
  const environment = await engine.environment()
  const instance = `rival-${process.pid}`
  return await runAction(RIVAL, { action, instance, netns: engine.netns, environment, parameters })
}

function tell(
  name: string,
  ours: readonly number[],
  theirs: readonly number[],
  must: readonly number[],
): void {
  const [mine, other, right] = [ours, theirs, must].map(codes => codes.join(', '))
  console.log(`${name}: ocf:haha:compose-stack ${mine} | heartbeat:docker ${other} | must be ${right}`)
}

test('dockerd dead, container alive: we stop it, heartbeat:docker fails its stop, which fences the node', async () => {
  trial = new Trial(engine, 'v2-newest', sleepers(['one']))
  expect([(await trial.ours('start')).code, (await rival('start')).code]).toEqual([0, 0])
  await engine.kill()
  const ours = [(await trial.ours('monitor')).code, (await trial.ours('stop')).code]
  const theirs = [(await rival('monitor')).code, (await rival('stop')).code]
  tell('dockerd dead, monitor and stop', ours, theirs, [1, 0])
  expect(ours).toEqual([1, 0])
  expect(trial.alive()).toBe(0)
  expect(theirs).toEqual([1, 1])
})

test('an image missing on one node: we fail the start there, heartbeat:docker forbids every node', async () => {
  trial = new Trial(engine, 'v2-newest', sleepers(['one']).replace('haha/busybox:1', 'haha/nowhere:9'))
  const [ours, theirs] = [(await trial.ours('start')).code, (await rival('start', 'haha/nowhere:9')).code]
  tell('image missing, start', [ours], [theirs], [1])
  expect([ours, theirs]).toEqual([1, 6])
})
