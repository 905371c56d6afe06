import { execa } from 'execa'
import { expect, test } from 'vitest'
import { nodeExecutable } from '../../scripts/nodes.ts'

const COLD_START_MS = 300_000

test.each([
  ['official-18', 'v18.20.8'],
  ['official-20', 'v20.20.2'],
  ['debian-12', /^v18\./],
  ['debian-13', /^v20\./],
] as const)(
  'the %s build of node runs here with a client of node:http',
  async (build, version) => {
    const script = "require('node:http'); require('node:crypto').randomUUID(); console.log(process.version)"
    const { stdout } = await execa(await nodeExecutable(build), ['-e', script])
    if (typeof version === 'string') expect(stdout).toBe(version)
    else expect(stdout).toMatch(version)
  },
  COLD_START_MS,
)
