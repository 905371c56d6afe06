import { setTimeout as sleep } from 'node:timers/promises'
import { identify, isSameProcess, signal } from '../engine/processes.ts'
import { closeOrphanedLabs } from './lab.ts'

// Run with the pids of a process that opens labs and of the one that started it: waits until one of them is gone, ends
// the other half of what was one run, and removes what it left.

const [owner, starter] = process.argv.slice(2).map(pid => identify(Number(pid)))
while (owner !== undefined && isSameProcess(owner)) {
  // A worker of a test run that was killed works on, for nobody.
  if (starter === undefined || !isSameProcess(starter)) signal(owner, 'SIGKILL')
  await sleep(500)
}
await closeOrphanedLabs()
