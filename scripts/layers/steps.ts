import { execa } from 'execa'
import { ONE_FAILED, ONE_PASSED, type Tally } from './tally.ts'

/** Runs an npm script of this project as one test; its output is shown only when it fails. */
export async function npmScript(root: string, name: string): Promise<Tally> {
  const started = performance.now()
  const { failed, all } = await execa('npm', ['run', '--silent', name], {
    cwd: root,
    all: true,
    reject: false,
    stdin: 'ignore',
  })
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`  ${failed ? 'FAILED' : 'ok'}  npm run ${name} (${seconds} s)`)
  if (failed) console.log(indent(all))
  return failed ? ONE_FAILED : ONE_PASSED
}

/**
 * Calls the function of that name in a module beside a layer's tests and hands back its answer.
 * Throws when the module lacks it, or when it throws.
 */
export async function callExport(path: string, name: string): Promise<unknown> {
  const module: unknown = await import(path)
  const exported: unknown = Object.entries(Object(module)).find(([key]) => key === name)?.[1]
  if (typeof exported !== 'function') throw new Error(`${path} does not export a function ${name}()`)
  const answer: unknown = await exported()
  return answer
}

/** A failure's text, set off from the line that announces it. */
export function indent(text: string): string {
  return text.replace(/^/gm, '        ')
}
