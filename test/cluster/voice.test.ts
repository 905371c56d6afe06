import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { VOICE_MODEL } from '../../scripts/house/voice.ts'
import { askDoctor } from './doctor-report.ts'
import { type GpuNode, VoiceCluster } from './voice-cluster.ts'

let voice: VoiceCluster
/** Where the voice speaks from when a test begins, and the other node with a GPU. */
let active: GpuNode = 'n1'
const other = (node: GpuNode): GpuNode => (node === 'n1' ? 'n2' : 'n1')

beforeAll(async () => {
  voice = await VoiceCluster.up('voice')
})
afterAll(() => voice?.down())
afterEach(async () => {
  // A voice that fails costs the house no node.
  expect(await voice.fenced()).toEqual([])
  active = await voice.restore()
})

test('a model that the preferred node lacks: the voice speaks from the other one, with the cure as reason, and haha-doctor names it', async () => {
  await voice.forgetModels('n2')
  await voice.configure()
  expect(await voice.speaks('n1')).toEqual([
    expect.stringContaining(`on n2: model ${VOICE_MODEL} is not on this node: ollama pull ${VOICE_MODEL}`),
  ])
  const absent = async (node: GpuNode) =>
    (await askDoctor(voice.cluster, node)).findings.filter(line => line.includes(' model-absent: '))
  expect(await absent('n2')).toEqual([
    `warning model-absent: model ${VOICE_MODEL} of p_voice is not in /var/lib/ollama/models of n2, which may have to run it`,
  ])
  expect(await absent('n1')).toEqual([])
})

test('a long generation is not called hung', async () => {
  const before = [await voice.pids(active, 'serve'), await voice.pids(active, 'runner')]
  await voice.behave(active, { tokensPerSecond: 30 })
  const begin = performance.now()
  expect(await voice.speak(500, 60)).toBe(500)
  // Two monitors of depth 20 at least came into it.
  expect(performance.now() - begin).toBeGreaterThan(15_000)
  expect((await voice.cluster.state()).failures).toEqual([])
  expect([await voice.pids(active, 'serve'), await voice.pids(active, 'runner')]).toEqual(before)
})

test('a server that is killed leaves an orphan, which is gone when the voice speaks again in place', async () => {
  const [orphan] = await voice.pids(active, 'runner')
  const [server] = await voice.pids(active, 'serve')
  await voice.run(active, `kill -KILL ${server}`)
  expect(await voice.pids(active, 'runner')).toEqual([orphan])
  let failures: readonly string[] = []
  while (failures.length === 0) failures = await voice.speaks(active)
  expect(failures.join()).toContain(`the server is gone, runner pid ${orphan} left`)
  const runners = await voice.pids(active, 'runner')
  expect(runners).toHaveLength(1)
  expect(runners).not.toContain(orphan)
})

test('a GPU that hangs: the runner is named, and the voice speaks from the other node', async () => {
  const [runner] = await voice.pids(active, 'runner')
  await voice.behave(active, { hangs: true })
  await voice.fails(
    `on ${active}: runner pid ${runner} hangs, stopped by a signal: no token of ${VOICE_MODEL}`,
  )
  const failures = await voice.speaks(other(active))
  expect(failures.join()).toMatch(
    new RegExp(
      `p_voice_start_0 on ${active}: .* its GPU hangs: reset it .*; then crm resource cleanup p_voice ${active}`,
    ),
  )
  expect([...(await voice.pids(active, 'serve')), ...(await voice.pids(active, 'runner'))]).toEqual([])
})

test('the CPU after a driver update: the node is banned with the cure, and the voice speaks from the other one', async () => {
  await voice.behave(active, { vramShare: 0 })
  const failures = await voice.speaks(other(active))
  expect(failures.join()).toMatch(
    new RegExp(
      `p_voice_start_0 on ${active}: model ${VOICE_MODEL} runs on the CPU.*restart the machine; then crm resource cleanup p_voice ${active}`,
    ),
  )
})

test('a GPU off the bus: the node is banned with the cure, and the voice speaks from the other one', async () => {
  await voice.kernelLog(active, 'NVRM: Xid (PCI:0000:01:00): 79, GPU has fallen off the bus.')
  const failures = await voice.speaks(other(active))
  expect(failures.join()).toMatch(
    new RegExp(
      `p_voice_start_0 on ${active}: GPU 0000:01:00 has fallen off the bus.*restart the machine; then crm resource cleanup p_voice ${active}`,
    ),
  )
})
