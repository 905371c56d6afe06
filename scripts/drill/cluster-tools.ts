import { CommandMissing, type CommandResult, runCommand } from '../../lib/host/command.ts'
import type { Cib } from '../pacemaker/cib.ts'
import { readCib } from '../pacemaker/read-cib.ts'
import { attribute, below, readXml, XmlFault } from '../pacemaker/xml.ts'
import { type Picture, type PictureResource, readForecast, readPicture } from './cluster-picture.ts'
import { readMembershipSeconds, readVotes, type Votes } from './votes.ts'
import { withoutNode } from './without-node.ts'

const ASK_MS = 15_000
const MOST_BYTES = 32 * 1024 * 1024

/** The cluster could not be asked, or said something that cannot be read: one line for the operator. */
export class ClusterSilent extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ClusterSilent'
  }
}

/** Debian packages of the tools, for those who lack one. */
const PACKAGES: Readonly<Record<string, string>> = {
  crm_mon: 'pacemaker-cli-utils',
  crm_node: 'pacemaker',
  crm_resource: 'pacemaker-cli-utils',
  crm_simulate: 'pacemaker-cli-utils',
  cibadmin: 'pacemaker-cli-utils',
  stonith_admin: 'pacemaker',
  'corosync-quorumtool': 'corosync',
  'corosync-cmapctl': 'corosync',
}

/**
 * Runs a tool of the cluster to its end.
 *
 * @throws ClusterSilent when it is missing, or gave no answer in time
 */
export async function runTool(
  tool: string,
  args: readonly string[],
  options: { readonly input?: string; readonly timeoutMs?: number } = {},
): Promise<CommandResult> {
  const timeoutMs = options.timeoutMs ?? ASK_MS
  let result: CommandResult
  try {
    const input = options.input === undefined ? {} : { input: options.input }
    result = await runCommand(tool, args, { timeoutMs, maxOutputBytes: MOST_BYTES, ...input })
  } catch (error) {
    if (!(error instanceof CommandMissing)) throw error
    const name = PACKAGES[tool]
    throw new ClusterSilent(`${tool} is not installed${name === undefined ? '' : ` (package ${name})`}`)
  }
  if (result.timedOut) throw new ClusterSilent(`${tool} gave no answer within ${timeoutMs / 1000} s`)
  return result
}

/** The last line a tool said, for a reason. */
export function lastLine({ stderr, stdout, code }: CommandResult): string {
  const line = `${stdout}\n${stderr}`.trim().split('\n').at(-1)?.trim() ?? ''
  return line === '' ? `exit code ${code ?? 'none'}` : line.slice(0, 160)
}

/** @throws ClusterSilent when there is no cluster to ask, or no right to */
export async function lookAtCluster(): Promise<Picture> {
  const result = await runTool('crm_mon', ['--one-shot', '--inactive', '--output-as=xml'])
  const picture = readPicture(result.stdout)
  if (picture === undefined) throw new ClusterSilent(`crm_mon tells no cluster: ${statusOf(result)}`)
  return picture
}

/** Pacemaker's tools put their reason into the document. */
function statusOf(result: CommandResult): string {
  const [status] = below(readXml(result.stdout), 'status')
  const [error] = below(readXml(result.stdout), 'error')
  return attribute(error, 'message') || attribute(status, 'message') || lastLine(result)
}

/** The configuration, and the text it was read from, for the scheduler. */
export async function askConfiguration(): Promise<{
  readonly configuration: Cib
  readonly cib: string
}> {
  const result = await runTool('cibadmin', ['--query'])
  try {
    return { configuration: readCib(result.stdout), cib: result.stdout }
  } catch (error) {
    if (!(error instanceof XmlFault)) throw error
    throw new ClusterSilent(`cibadmin --query tells no configuration: ${lastLine(result)}`)
  }
}

/**
 * What would run where, as the cluster's own scheduler says; undefined when it says nothing. Nothing is changed.
 *
 * @param how the node leaves by itself, or is lost and has to be fenced
 */
export async function askScheduler(
  cib: string,
  node: string,
  how: 'left' | 'lost',
): Promise<readonly PictureResource[] | undefined> {
  const input = withoutNode(cib, node, how)
  if (input === undefined) return undefined
  try {
    const args = ['--xml-pipe', '--simulate', '--output-as=xml']
    return readForecast((await runTool('crm_simulate', args, { input })).stdout)
  } catch (error) {
    if (error instanceof ClusterSilent) return undefined
    throw error
  }
}

/** Name of the node on which this runs, as the cluster calls it. */
export async function thisNode(): Promise<string> {
  const result = await runTool('crm_node', ['--name'])
  const name = result.stdout.trim()
  if (result.code !== 0 || name === '')
    throw new ClusterSilent(`this machine is no node of a running cluster: ${lastLine(result)}`)
  return name
}

/** Fencing devices that say they can fence a node. */
export async function fenceDevicesFor(node: string): Promise<readonly string[]> {
  const args = ['--list', node, '--output-as=xml']
  return readDevices((await runTool('stonith_admin', args, { timeoutMs: 60_000 })).stdout)
}

/** Reads what `stonith_admin --list NODE --output-as=xml` prints: an item a device, its id as text. */
export function readDevices(xml: string): readonly string[] {
  return below(readXml(xml), 'item')
    .map(({ text }) => text)
    .filter(id => id !== '')
}

export async function askVotes(): Promise<Votes | undefined> {
  return readVotes(await silentText('corosync-quorumtool', ['-s']))
}

export async function askMembershipSeconds(): Promise<number | undefined> {
  return readMembershipSeconds(await silentText('corosync-cmapctl', []))
}

/** What a tool prints, nothing when it cannot be asked. */
async function silentText(tool: string, args: readonly string[]): Promise<string> {
  try {
    return (await runTool(tool, args)).stdout
  } catch (error) {
    if (error instanceof ClusterSilent) return ''
    throw error
  }
}
