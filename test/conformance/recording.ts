import { randomUUID } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { codeFolder } from '../../lib/bundle/packed-program.ts'
import { processState } from '../../lib/host/processes.ts'
import { metricsFolder } from '../../lib/metrics/textfile.ts'
import { durationsPath } from '../../lib/ocf/durations.ts'
import { StateFile, stateFolder } from '../../lib/ocf/state-file.ts'
import { bundleAgent, bundleMetrics, packageVersion, root } from '../../scripts/bundle.ts'
import { type ActionResult, type ActionRun, runAction } from '../executor.ts'

/** One resource of the recording agent: its folder, its state and whatever runs of it. */
export interface Recording {
  readonly instance: string
  readonly folder: string
  readonly state: StateFile
  /** One action as Pacemaker runs it, with the folder as `directory`. */
  act(action: string, more?: Partial<ActionRun>): Promise<ActionResult>
  /** Makes the service behave: see recording-agent.ts. */
  set(...files: readonly string[]): void
  unset(...files: readonly string[]): void
  /** Pids of the service's main process: one, unless something went very wrong. */
  running(): readonly number[]
  /** Pids of all that the service started, itself too. */
  left(): readonly number[]
}

/** A recurring monitor. */
export const recurring = { intervalMs: 10_000 }

/** Builds the recording agent as the build does, and gives each test a resource of its own. */
export function builtRecording(): { readonly bundle: () => string; readonly make: () => Recording } {
  let folder = ''
  const bundle = () => join(folder, 'ocf/haha/recording')
  const made: Recording[] = []
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'haha-recording-'))
    chmodSync(folder, 0o755)
    writeFileSync(join(folder, 'package.json'), '{"type":"commonjs"}')
    const entry = join(root, 'test/conformance/recording-agent.ts')
    await bundleAgent({ entry, outFile: bundle(), version: packageVersion() })
    await bundleMetrics(entry, join(folder, 'lib/haha'))
  })
  // After all of a file: its tests run beside each other, because most of them wait.
  afterAll(() => {
    for (const one of made) {
      for (const pid of one.left()) endNow(pid)
      // Tests may name further instances after it.
      for (const folder of [stateFolder, metricsFolder])
        for (const name of existsSync(folder) ? readdirSync(folder) : [])
          if (name.includes(one.instance)) rmSync(join(folder, name), { force: true })
    }
    for (const name of existsSync(codeFolder) ? readdirSync(codeFolder) : [])
      if (name.startsWith('recording-')) rmSync(join(codeFolder, name), { force: true })
    // Instances under whose name others than Pacemaker run an agent.
    for (const name of ['default', 'test']) rmSync(durationsPath('recording', name), { force: true })
    rmSync(folder, { recursive: true, force: true })
  })
  return {
    bundle,
    make() {
      const one = recording(bundle(), join(folder, randomUUID()))
      made.push(one)
      return one
    },
  }
}

function recording(bundle: string, folder: string): Recording {
  mkdirSync(folder)
  const instance = `p_${folder.slice(-12)}`
  return {
    instance,
    folder,
    state: new StateFile('recording', instance),
    act: (action, more = {}) =>
      runAction(bundle, {
        action,
        instance,
        timeoutMs: 20_000,
        ...more,
        parameters: { directory: folder, ...more.parameters },
      }),
    set: (...files) => {
      for (const file of files) writeFileSync(join(folder, file), '')
    },
    unset: (...files) => {
      for (const file of files) rmSync(join(folder, file), { force: true })
    },
    running: () => pidsWith('cmdline', folder),
    left: () => pidsWith('environ', `RECORDED_SERVICE=${folder}`),
  }
}

/** Living processes that have `text` as an argument or in their environment; node, the agent, is left out. */
function pidsWith(file: 'cmdline' | 'environ', text: string): readonly number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter(pid => Number.isInteger(pid) && pid !== process.pid)
    .filter(
      pid =>
        wordsOf(pid, file).includes(text) &&
        !wordsOf(pid, 'cmdline')[0]?.endsWith('node') &&
        processState(pid) !== 'Z',
    )
}

function wordsOf(pid: number, file: 'cmdline' | 'environ'): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1').split('\0')
  } catch {
    return []
  }
}

/** Ends a service that a failed test left behind, with its session. */
function endNow(pid: number): void {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, 'SIGKILL')
    } catch {
      // Gone.
    }
  }
}
