import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'

/** A node whose /etc/default asks for metrics, as one agent sees it. */
export interface NodeWithMetrics {
  /** The operator's folder. */
  readonly directory: string
  /** Runs the agent; each run has its own view of the mounts. */
  readonly agent: string
}

/**
 * @param folder where the node's files lie; made here
 * @param more.mounts a shell command that puts the folder `$directory` into its state
 * @param more.value what METRICS_DIRECTORY is
 */
export function nodeWithMetrics(
  folder: string,
  bundle: string,
  { mounts = 'true', value = '$directory' } = {},
): NodeWithMetrics {
  const directory = join(folder, 'prom')
  const settings = join(folder, 'default')
  for (const path of [directory, settings]) mkdirSync(path, { recursive: true })
  const asked = `METRICS_DIRECTORY=${value.replace('$directory', directory)}\n`
  writeFileSync(join(settings, 'resource-agents-haha'), asked)
  const agent = join(folder, 'agent')
  const inside = `directory=${directory}; mount --bind ${settings} /etc/default && ${mounts} && exec "$0" "$@"`
  writeFileSync(
    agent,
    `#!/bin/sh\nexec unshare --mount --propagation private sh -c '${inside}' ${bundle} "$@"\n`,
  )
  chmodSync(agent, 0o755)
  return { directory, agent }
}

/** What promtool complains of; empty when it takes the text. */
export async function judged(text: string): Promise<string> {
  const { all } = await execa('promtool', ['check', 'metrics'], { input: text, all: true, reject: false })
  return all
}
