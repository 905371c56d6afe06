import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { AgentDefinition } from '../lib/ocf/definition.ts'
import { definitionFaults } from '../metadata/definition-faults.ts'

/** The agents' files, sorted by name. */
export function agentFiles(root: string): string[] {
  const folder = join(root, 'agents')
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter(item => item.isFile() && item.name.endsWith('.ts'))
    .map(item => join(folder, item.name))
    .sort()
}

/**
 * The definition that an agent's file exports.
 * @throws Error when the file exports none, or one with faults
 */
export async function loadDefinition(file: string): Promise<AgentDefinition> {
  const module: unknown = await import(pathToFileURL(file).href)
  const agent = property(module, 'agent')
  const definition = property(agent, 'definition')
  if (!isDefinition(definition)) throw new Error(`${file}: does not export an agent with a definition`)
  const faults = definitionFaults(definition)
  if (faults.length > 0) throw new Error(`${file}: ${faults.join('; ')}`)
  return definition
}

/** Whether it was made as one: the compiler checks the rest where the agent is declared. */
function isDefinition(value: unknown): value is AgentDefinition {
  return (
    typeof property(value, 'name') === 'string' &&
    Array.isArray(property(value, 'parameters')) &&
    Array.isArray(property(value, 'actions'))
  )
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
