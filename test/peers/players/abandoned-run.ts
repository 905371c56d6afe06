// node abandoned-run.ts NAME: a test run that starts an engine with a container and then waits to be killed.
import { startStockedEngine } from '../../../scripts/engine/stocked.ts'
import { QUICK_IMAGES } from '../stack.ts'

const engine = await startStockedEngine(
  { name: process.argv[2] ?? 'orphan', version: 'newest' },
  QUICK_IMAGES,
)
await engine.docker(['run', '-d', '--name', 'orphan', '--restart', 'always', 'haha/standin:1'])
const { stdout } = await engine.docker(['inspect', '-f', '{{.State.Pid}}', 'orphan'])
process.stdout.write(`${stdout}\n`)
setInterval(() => undefined, 60_000)
