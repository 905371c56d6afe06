/**
 * Plays an agent that keeps starting mutating commands: `node working-agent.ts INSTANCE TRACE`. Each
 * command appends its own pid to the file TRACE as its first act, starts a child of its own and waits;
 * that child does the same. Runs until it is killed.
 */
import { StateFile } from '../../../lib/ocf/state-file.ts'
import { WorkInFlight } from '../../../lib/ocf/work-in-flight.ts'
import { testAgent } from './instance.ts'

const [instance = '', trace = ''] = process.argv.slice(2)
const work = new WorkInFlight(new StateFile(testAgent, instance))
const mutate = 'echo $$ >> "$1"; sh -c \'echo $$ >> "$1"; exec sleep 30\' inner "$1" & wait'

for (let turn = 0; ; turn++) {
  void work.command(`turn ${turn}`, '/bin/sh', ['-c', mutate, 'work', trace], { timeoutMs: 60_000 })
  await new Promise(resolve => setTimeout(resolve, 15))
}
