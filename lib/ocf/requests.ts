import { existsSync, readdirSync, rmSync } from 'node:fs'
import { readText, writeAtomically } from '../host/small-file.ts'
import { instanceName } from './instance-name.ts'
import { parseJson, stringAt } from './json.ts'
import { stateFolder } from './state-file.ts'

/**
 * What one agent asks of another on the same node: never more than a file, which the other takes up in
 * its own next monitor, under its own rules for cures.
 */
export interface Request {
  readonly path: string
  /** What it is about: for compose-stack the service to restart. */
  readonly subject: string
  /** Who asks and why, for the log. */
  readonly because: string
}

const folder = `${stateFolder}/requests`

function prefixOf(agent: string, instance: string): string {
  return `${agent}-${instance}=`
}

/** The requests that wait for an instance; broken ones are removed. Costs one look into a folder on tmpfs. */
export function waitingRequests(agent: string, instance: string): readonly Request[] {
  // An error costs a monitor more than a look.
  if (!existsSync(folder)) return []
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch {
    return []
  }
  const requests: Request[] = []
  for (const name of names) {
    if (!name.startsWith(prefixOf(agent, instance)) || !name.endsWith('.json')) continue
    const path = `${folder}/${name}`
    const json = parseJson(readText(path) ?? '')
    const subject = stringAt(json, 'subject')
    if (subject === undefined) rmSync(path, { force: true })
    else requests.push({ path, subject, because: stringAt(json, 'because') ?? 'no reason given' })
  }
  return requests
}

/** Takes a request up: done once, whatever becomes of it. */
export function takeRequest(request: Request): void {
  rmSync(request.path, { force: true })
}

/** Leaves a request for a resource; a second one about the same subject replaces the first. */
export function leaveRequest(agent: string, resource: string, subject: string, because: string): void {
  const instance = instanceName(resource) ?? 'default'
  const name = subject.replace(/[^A-Za-z0-9_.-]/g, '_')
  writeAtomically(
    `${folder}/${prefixOf(agent, instance)}${name}.json`,
    `${JSON.stringify({ subject, because })}\n`,
  )
}
