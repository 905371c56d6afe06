import { cpus, totalmem } from 'node:os'
import type { Cluster } from '../lab/cluster.ts'

const QUESTIONS = [
  ['Pacemaker', ['pacemakerd', '--version']],
  ['corosync', ['corosync', '-v']],
  ['crmsh', ['crm', '--version']],
  ['Docker engine', ['docker', 'version', '--format', '{{.Server.Version}}']],
  ['Docker Compose', ['docker', 'compose', 'version', '--short']],
  ['our package', ['dpkg-query', '--show', 'resource-agents-haha']],
] as const

/** What the demo ran on, as the programs themselves say. */
export async function groundOf(cluster: Cluster): Promise<string[]> {
  const [node] = cluster.plan.workers.filter(name => cluster.pid1(name) !== undefined)
  const lines = [
    `${cluster.nodes.length} nodes of Debian ${cluster.plan.suite} on one machine (${cpus().length} processors, ${Math.round(totalmem() / 2 ** 30)} GiB)`,
    `corosync token ${cluster.plan.tokenMs} ms`,
  ]
  if (node === undefined) return lines
  for (const [name, argv] of QUESTIONS) {
    const { exitCode, stdout } = await cluster.exec(node, argv, { timeoutMs: 10_000 })
    const [version = ''] = stdout.trim().replaceAll('\t', ' ').split('\n')
    if (exitCode === 0 && version !== '') lines.push(`${name}: ${version}`)
  }
  return lines
}
