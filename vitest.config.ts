import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { LAYERS } from './scripts/layers/layers.ts'

/** Whole files for the run with all counts. */
const exclude = process.env.HAHA_FULL === '1' ? [] : ['**/*.full.test.ts']

export default defineConfig({
  test: {
    passWithNoTests: false,
    allowOnly: false,
    projects: LAYERS.map(layer => ({
      test: {
        name: layer.name,
        include: [`test/${layer.name}/**/*.test.ts`],
        exclude: ['**/node_modules/**', ...exclude],
        environment: 'node',
        testTimeout: layer.timeoutSeconds * 1000,
        hookTimeout: layer.timeoutSeconds * 1000,
        // Of a poll that names no time of its own; vitest's second is little on a busy machine.
        expect: { poll: { timeout: 10_000 } },
        ...(layer.filesAtOnce === 'as many as cores'
          ? // By itself vitest leaves one core free, and starts a process for each file of milliseconds.
            { maxWorkers: availableParallelism(), isolate: false }
          : { maxWorkers: layer.filesAtOnce }),
      },
    })),
  },
})
