import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { namespaceOf } from '../../scripts/engine/leftovers.ts'
import { findProcesses, networkNamespace } from '../../scripts/engine/processes.ts'
import { isRunning } from '../../scripts/guests/guest.ts'
import { closeLab, labGround } from '../../scripts/guests/lab.ts'
import { until } from './pair.ts'

/** A lab of nobody, as `storage-lab up` makes one. */
const STAYS = 'abandoned-stays'

afterAll(async () => {
  await closeLab(await labGround(STAYS))
})

test.each(['worker', 'run'] as const)(
  'the guests and the network of a %s that is killed end with it, and a lab that was made to stay stays',
  async killed => {
    const program = [join(import.meta.dirname, 'abandoned-run.ts'), 'abandoned', STAYS]
    // As vitest and its worker are two, too.
    const run = spawn('sh', ['-c', '"$@"; exit', 'sh', process.execPath, ...program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = await Promise.race([once(run.stdout, 'data'), once(run, 'exit')])
    const worker = Number(line)
    const own = await labGround(`abandoned-${worker}`)
    const network = namespaceOf(own.namespace)
    const remains = () => findProcesses(pid => pid === worker || networkNamespace(pid) === network)
    expect(isRunning(own, 'a')).toBe(true)
    expect(remains()).toHaveLength(2)
    process.kill(killed === 'run' ? Number(run.pid) : worker, 'SIGKILL')
    await until('the lab to be gone', 20, async () => !existsSync(own.folder))
    expect(remains()).toEqual([])
    expect(namespaceOf(own.namespace)).toBeUndefined()
    const other = await labGround(STAYS)
    expect([existsSync(other.folder), namespaceOf(other.namespace) !== undefined]).toEqual([true, true])
  },
)
