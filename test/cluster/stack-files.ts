import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Where the nodes have the stack. */
export const MOUNT = '/mnt/iot'
export const DIRECTORY = `${MOUNT}/stack`
/** Services that the stack cannot do without, by the port each answers on. */
export const REQUIRED = { app: 8123, esp: 6052 } as const
export type RequiredService = keyof typeof REQUIRED
export const OPTIONAL = { extra: 7000 } as const
/** Seconds; short, so that a test need not wait long for Pacemaker to look. */
export const MONITOR_SECONDS = 5

/** A service of a compose file that answers on a port with the name of its node. */
export const standin = (name: string, port: number): string => `  ${name}:
    image: haha/standin:1
    restart: unless-stopped
    uts: host
    stop_grace_period: 1s
    environment: {STANDIN_PORT: ${port}, STANDIN_HEARTBEAT: /heartbeat/${name}}
    ports: ["${port}:${port}"]
    volumes: [./heartbeat:/heartbeat]
`

const ALL = { ...REQUIRED, ...OPTIONAL }

/** Writes the compose directory into the folder that every node has mounted at {@link MOUNT}. */
export async function writeStack(shared: string): Promise<void> {
  const folder = join(shared, 'stack')
  await mkdir(join(folder, 'heartbeat'), { recursive: true })
  const services = Object.entries(ALL).map(([name, port]) => standin(name, port))
  await writeFile(join(folder, 'compose.yaml'), `services:\n${services.join('')}`)
}

/** What crmsh is told: the stack behind its address, a plug for each node. */
export function stackConfiguration(place: {
  readonly vip: string
  readonly arbiters: readonly string[]
  readonly plugs: readonly { readonly node: string; readonly address: string; readonly delay?: string }[]
}): string {
  const probes = Object.entries(ALL).map(([name, port]) => `${name}=http://127.0.0.1:${port}/`)
  const fences = place.plugs.map(
    ({ node, address, delay }) => `primitive fence-${node} stonith:fence_homelab \\
  params driver=tasmota ip=${address} pcmk_host_map="${node}:1"${delay === undefined ? '' : ` pcmk_delay_base=${delay}`} \\
  op monitor interval=300s timeout=20s
location l_fence-${node} fence-${node} -inf: ${node}`,
  )
  return `primitive p_vip ocf:heartbeat:IPaddr2 \\
  params ip=${place.vip} cidr_netmask=24 nic=eth0 \\
  op monitor interval=10s timeout=20s
primitive p_stack ocf:haha:compose-stack \\
  params directory=${DIRECTORY} required_mount=${MOUNT} probes="${probes.join(' ')}" optional_services=extra probe_failures=2 \\
  op start timeout=90s interval=0 \\
  op stop timeout=60s interval=0 \\
  op monitor interval=${MONITOR_SECONDS}s timeout=20s \
  meta failure-timeout=10s
group g_house p_vip p_stack
${place.arbiters.map(arbiter => `location l_house_${arbiter} g_house -inf: ${arbiter}`).join('\n')}
${fences.join('\n')}
rsc_defaults resource-stickiness=100
property stonith-enabled=true stonith-timeout=60s
`
}
