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
        ...(layer.filesAtOnce === 'as many as cores' ? {} : { maxWorkers: layer.filesAtOnce }),
      },
    })),
  },
})
