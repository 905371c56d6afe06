import { expect, test } from 'vitest'
import { explainLoad } from '../../../agents/ollama-gpu/load-failure.ts'

const told = (detail: string, killed?: string) => explainLoad('tiny:latest', detail, killed)

test.each([
  ['model requires more system memory (5.6 GiB) than is available (2.1 GiB)', 'host', 1, false],
  ['llama runner process has terminated: cudaMalloc failed: out of memory', 'memory of the GPU', 1, false],
  ['unable to allocate CUDA0 buffer', 'memory of the GPU', 1, false],
  ['unable to allocate CPU buffer', 'host', 1, false],
  ['CUDA error: no CUDA-capable device is detected', 'GPU failure', 5, true],
  ['open /blobs/sha256-x: no such file or directory', 'models directory', 5, false],
  ['invalid file magic', 'models directory', 5, false],
  ['timed out waiting for llama runner to start', 'see the server', 1, false],
])('%s is explained', (detail, text, code, gpu) => {
  expect(told(detail)).toMatchObject({ code, gpu, reason: expect.stringContaining(text) })
})

test('the OOM killer is surer than what the server says', () => {
  expect(told('CUDA error', '4711 (ollama)')).toMatchObject({
    code: 1,
    gpu: false,
    reason: expect.stringContaining('OOM killer ended 4711 (ollama)'),
  })
})

test('a text without end leaves one line that can be read', () => {
  expect(told(`weird\n${'x'.repeat(5000)}`).reason.length).toBeLessThan(199)
})
