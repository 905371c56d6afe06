import { hostname } from 'node:os'
import { CommandMissing } from '../../../lib/host/command.ts'
import type { Cib } from '../../pacemaker/cib.ts'
import { readCib } from '../../pacemaker/read-cib.ts'
import { askedOf, LookFailure } from '../ask.ts'
import { type ClusterStatus, readClusterStatus } from '../crm-mon.ts'

/** @throws LookFailure when the cluster does not answer or answers something else */
export async function lookAtStatus(timeoutMs: number): Promise<ClusterStatus> {
  const args = ['--one-shot', '--inactive', '--fence-history=3', '--output-as=xml']
  return readClusterStatus(await ofPacemaker('crm_mon', args, timeoutMs))
}

/** @throws LookFailure when the cluster does not answer or answers something else */
export async function lookAtCib(timeoutMs: number): Promise<Cib> {
  return readCib(await ofPacemaker('cibadmin', ['--query'], timeoutMs))
}

/** This node's name in the cluster; the host's own where no cluster runs, which is Pacemaker's default. */
export async function lookAtNodeName(timeoutMs: number): Promise<string> {
  try {
    const name = (await askedOf('crm_node', ['--name'], timeoutMs)).trim()
    return name === '' ? hostname() : name
  } catch {
    return hostname()
  }
}

async function ofPacemaker(binary: string, args: readonly string[], timeoutMs: number): Promise<string> {
  try {
    return await askedOf(binary, args, timeoutMs)
  } catch (cause) {
    if (cause instanceof CommandMissing)
      throw new LookFailure(`${binary} is not installed (package pacemaker-cli-utils)`)
    throw cause
  }
}
