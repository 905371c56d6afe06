import { actions, commonOptions } from './common-options.ts'
import type { Driver } from './driver.ts'
import { driverNames } from './driver-registry.ts'
import type { FenceOption } from './options.ts'
import { takesValue } from './options.ts'

/** What the agent is, in one sentence. */
export const shortdesc = 'Fence agent for the power switches and hypervisors of a home'

/** What the agent does, in paragraphs. */
export const longdesc = [
  'fence_homelab cuts the power of a node through a smart plug, a PDU, a hypervisor, a BMC or a PoE switch, and says so only after it has read the off back from the device.',
  'Refused connections, time-outs and broken answers are tried again inside a budget; a device that hangs is given up in time for the fencer to try a second time or the next level. After a confirmed off, reboot succeeds whatever the way back on does.',
].join('\n\n')

/** Many vendors' devices and no vendor of its own: what the package installs on every node. */
const vendorUrl = 'file:///usr/share/doc/resource-agents-haha/'

/** Options as shown to operators: the common ones, then those of the drivers, each name once. */
export function shownOptions(drivers: readonly Driver[]): readonly FenceOption<unknown>[] {
  const all: FenceOption<unknown>[] = [
    ...Object.values(commonOptions),
    ...drivers.flatMap(driver => driver.options),
  ]
  const byName = new Map(all.map(candidate => [candidate.parameter.name, candidate]))
  return [...byName.values()].filter(candidate => candidate.hidden !== true)
}

/** Fence agent metadata as fence-agents' metadata.rng describes it. */
export function metadataXml(drivers: readonly Driver[]): string {
  const lines = [
    '<?xml version="1.0" ?>',
    `<resource-agent name="fence_homelab" shortdesc="${xmlText(shortdesc)}" >`,
    `<longdesc>${xmlText(longdesc)}</longdesc>`,
    `<vendor-url>${vendorUrl}</vendor-url>`,
    '<parameters>',
    ...shownOptions(drivers).flatMap(parameterXml),
    '</parameters>',
    '<actions>',
    ...actionXml,
    '</actions>',
    '</resource-agent>',
  ]
  return lines.join('\n')
}

/** list and list-status work and are not told: each outlet's name would become a fencing target. */
const actionXml = actions
  .filter(action => !action.startsWith('list'))
  .map(action => `\t<action name="${action}"${action === 'on' ? ' automatic="0"' : ''} />`)

function parameterXml(candidate: FenceOption<unknown>): readonly string[] {
  const { parameter } = candidate
  const { name } = parameter
  const required = name === 'action' || name === 'driver' ? '1' : '0'
  const obsoletes = name === 'plug' ? ' obsoletes="port"' : ''
  return [
    `\t<parameter name="${name}" unique="0" required="${required}"${obsoletes}>`,
    `\t\t<getopt mixed="${xmlText(getoptText(candidate))}" />`,
    ...contentXml(candidate),
    `\t\t<shortdesc lang="en">${xmlText(shortdescOf(candidate))}</shortdesc>`,
    '\t</parameter>',
  ]
}

/** How an option is written on a command line: `-a, --ip=[ip]`. */
export function getoptText(candidate: FenceOption<unknown>): string {
  const long = candidate.parameter.name.replaceAll('_', '-')
  const value = takesValue(candidate) ? `=[${candidate.parameter.name}]` : ''
  return `${candidate.letter === undefined ? '' : `-${candidate.letter}, `}--${long}${value}`
}

/** crmsh and pcs show the short description alone, so it carries what the value looks like. */
function shortdescOf({ parameter }: FenceOption<unknown>): string {
  return `${parameter.shortdesc}. ${parameter.longdesc.split('\n\n')[0] ?? ''}`
}

function contentXml({ parameter }: FenceOption<unknown>): readonly string[] {
  const choices = parameter.name === 'driver' ? driverNames : parameter.choices
  const fallback = parameter.defaultText === undefined ? '' : ` default="${xmlText(parameter.defaultText)}"`
  if (choices !== undefined)
    return [
      `\t\t<content type="select"${fallback} >`,
      ...choices.map(choice => `\t\t\t<option value="${xmlText(choice)}" />`),
      '\t\t</content>',
    ]
  return [`\t\t<content type="${contentType(parameter.type)}"${fallback} />`]
}

function contentType(type: string): string {
  if (type === 'boolean' || type === 'integer') return type
  return type === 'duration' ? 'second' : 'string'
}

function xmlText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
