import { setTimeout as sleep } from 'node:timers/promises'
import { identify, isSameProcess } from '../engine/processes.ts'
import { closeOrphanedLabs } from './lab.ts'

// Run with the pid of a process that opens labs: waits until it is gone, and removes what it left.

const owner = identify(Number(process.argv[2]))
while (owner !== undefined && isSameProcess(owner)) await sleep(500)
await closeOrphanedLabs()
