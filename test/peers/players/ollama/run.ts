// What the installed program runs: `ollama serve`, `ollama runner --model PATH --port N`.
import { runRunner } from './runner.ts'
import { runServer } from './server.ts'

const [, program = '', command, ...options] = process.argv
if (command === 'serve') runServer(program)
else if (command === 'runner') void runRunner(program, Number(options[options.indexOf('--port') + 1]))
else {
  process.stderr.write(`Error: unknown command "${command}" for "ollama"\n`)
  process.exitCode = 1
}
