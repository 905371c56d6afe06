import type { Action } from '../../lib/ocf/agent.ts'
import { ActionFailure, ExitCode } from '../../lib/ocf/exit-codes.ts'
import { type Client, exportedClients } from './clients.ts'
import { type ExportEntry, fsidOf } from './etab.ts'
import type { Settings } from './parameters.ts'
import { readRecord } from './record.ts'

/** exportfs looks at the directory itself, so a hung filesystem holds it up. */
const exportfsMs = 15_000

/** A directory and one client of it: what exportfs adds and takes away. */
export interface Owned {
  readonly directory: string
  readonly client: string
}

/** The exports that are this resource's: what start recorded, and what is configured now. */
export function ownExports(action: Action<Settings>): readonly Owned[] {
  const { directory, clients } = action.settings
  const configured = exportedClients(clients).map(({ client }) => ({ directory, client }))
  const record = readRecord(action.recorded)
  const recorded = (record?.clients ?? []).map(client => ({
    directory: record?.directory ?? directory,
    client,
  }))
  return [...configured, ...recorded.filter(own => !configured.some(other => isSame(own, other)))]
}

export function isSame(one: Owned, other: Owned): boolean {
  return one.directory === other.directory && one.client === other.client
}

/** Why these exports may not be added beside what is exported already; undefined: they may. */
export function conflict(
  { directory, fsid }: { readonly directory: string; readonly fsid: string },
  present: readonly ExportEntry[],
): string | undefined {
  const other = present.find(entry => entry.directory !== directory && fsidOf(entry) === fsid)
  if (other !== undefined)
    return `fsid ${fsid} is used by the export of ${other.directory}: give each export its own`
  const nested = present.find(
    entry => entry.directory.startsWith(`${directory}/`) || directory.startsWith(`${entry.directory}/`),
  )
  return nested === undefined
    ? undefined
    : `${directory} and the exported ${nested.directory} lie in each other: clients would get either; export one`
}

/** Adds every export of this resource; never `exportfs -r`, which takes away what /etc/exports does not name. */
export async function addExports(action: Action<Settings>): Promise<void> {
  const { directory, clients, fsid } = action.settings
  for (const { options, members } of byOptions(exportedClients(clients), fsid)) {
    const names = members.join(' ')
    action.deadline.waitFor(`exportfs of ${directory} to ${names}`)
    const targets = members.map(client => targetOf({ directory, client }))
    const result = await action.work.command(
      `exportfs of ${directory}`,
      'exportfs',
      ['-o', options, ...targets],
      { timeoutMs: Math.min(exportfsMs, action.deadline.remainingMs()) },
    )
    if (result.code === 0 && !/exportfs: .*(?:not support|does not exist|Failed)/.test(result.stderr))
      continue
    const because = result.timedOut ? 'it hangs: check the storage' : lastLine(result.stderr)
    throw new ActionFailure(ExitCode.generic, `exportfs cannot export ${directory} to ${names}: ${because}`)
  }
}

/** exportfs takes many clients of the same options at once. */
function byOptions(clients: readonly Client[], fsid: string) {
  const groups = new Map<string, string[]>()
  for (const one of clients) {
    const options = optionsOf(one, fsid)
    groups.set(options, [...(groups.get(options) ?? []), one.client])
  }
  return [...groups].map(([options, members]) => ({ options, members }))
}

/** @returns what went wrong with those that could not be taken away */
export async function removeExports(
  action: Action<Settings>,
  exports: readonly Owned[],
): Promise<string | undefined> {
  const directories = [...new Set(exports.map(({ directory }) => directory))].join(' ')
  if (directories === '') return undefined
  action.deadline.waitFor(`exportfs -u of ${directories}`)
  const result = await action.work.ending(`unexport of ${directories}`, () =>
    action.run('exportfs', ['-u', ...exports.map(targetOf)], {
      // What is left is shared with freeing what clients hold.
      timeoutMs: Math.max(1000, Math.min(exportfsMs, action.deadline.remainingMs() / 3)),
      detached: true,
    }),
  )
  if (result.timedOut) return `exportfs -u of ${directories} hangs`
  return result.code === 0 ? undefined : `exportfs -u of ${directories}: ${lastLine(result.stderr)}`
}

export function optionsOf({ options }: Client, fsid: string): string {
  return [...options, `fsid=${fsid}`].join(',')
}

/** exportfs takes `client:directory`, with brackets around an IPv6 address. */
export function targetOf({ client, directory }: Owned): string {
  return client.includes(':') ? `[${client}]:${directory}` : `${client}:${directory}`
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) || 'no reason given'
}
