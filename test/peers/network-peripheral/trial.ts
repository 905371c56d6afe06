import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type ActionResult, type ActionRun, runAction } from '../../executor.ts'
import { type PlayedAttributes, playAttributes } from '../players/attribute-daemon.ts'

export const AGENT = join(import.meta.dirname, '../../../dist/ocf/haha/network-peripheral')
const STATE = '/run/resource-agents/haha'

/**
 * A clone of the agent on the nodes of a played cluster. Its state file is that of one machine, so each
 * node's copy has a name of its own here, as globally unique clones have.
 */
export class WatchTrial {
  readonly attributes: PlayedAttributes
  readonly name = `np${randomBytes(4).toString('hex')}`
  readonly #parameters: Readonly<Record<string, string>>
  readonly #agent: string

  /** @param agent the program that runs the agent */
  constructor(
    parameters: Readonly<Record<string, string>>,
    nodes: readonly string[] = ['n1', 'n2', 'n3'],
    agent = AGENT,
  ) {
    this.#agent = agent
    this.attributes = playAttributes(nodes)
    this.#parameters = parameters
    for (const node of nodes) this.attributes.tell(node, this.instance(node), {})
  }

  instance(node: string): string {
    return `${this.name}-${node}`
  }

  act(action: string, node = 'n1', more: Partial<ActionRun> = {}): Promise<ActionResult> {
    const environment = {
      PATH: this.attributes.path(node),
      OCF_RESKEY_CRM_meta_on_node: node,
      ...more.environment,
    }
    return runAction(this.#agent, {
      action,
      instance: this.instance(node),
      timeoutMs: 45_000,
      ...more,
      environment,
      parameters: {
        name: this.name,
        probe_timeout: '300ms',
        attempts: '1',
        ...this.#parameters,
        ...more.parameters,
      },
    })
  }

  monitor(node = 'n1', more: Partial<ActionRun> = {}): Promise<ActionResult> {
    return this.act('monitor', node, { intervalMs: 15_000, ...more })
  }

  /** What constraints are told of a node. */
  attribute(node = 'n1'): string | undefined {
    return this.attributes.value(this.name, node)
  }

  /** A private attribute of a degraded reason; empty once it is over. */
  told(key: string, node = 'n1'): string | undefined {
    return this.attributes.value(`haha-${this.instance(node)}-${key}`, node)
  }

  end(): void {
    this.attributes.remove()
    for (const folder of [STATE, `${STATE}/requests`])
      for (const name of existsSync(folder) ? readdirSync(folder) : [])
        if (name.includes(this.name)) rmSync(join(folder, name), { force: true })
  }
}
