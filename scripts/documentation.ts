import { readFile } from 'node:fs/promises'
import { type Plugin, type TransformOptions, transform } from 'esbuild'
import type { AgentDefinition } from '../lib/ocf/definition.ts'

/** One text for people: the property of the definition that holds it, and what is put in its place. */
interface Text {
  readonly property: string
  readonly value: string | readonly string[]
  readonly empty: string
}

const printing: TransformOptions = { loader: 'ts', minifyWhitespace: true, minifySyntax: true }

/**
 * Leaves the texts for people out of the definition in a bundle: the XML beside it carries them already,
 * and node would read them twice at every monitor. What errors say, the example of a parameter among it,
 * stays. A text that is computed, and not written as one literal, stays too and costs its bytes.
 *
 * @param belongs whether a file is part of the agent, by its absolute path
 */
export function withoutDocumentation(
  definition: AgentDefinition,
  belongs: (path: string) => boolean,
): Plugin {
  return {
    name: 'without-documentation',
    setup({ onLoad }) {
      const replacements = Promise.all(textsOf(definition).map(replacementOf))
      onLoad({ filter: /\.ts$/, namespace: 'file' }, async ({ path }) => {
        if (!belongs(path)) return undefined
        let { code } = await transform(await readFile(path, 'utf8'), printing)
        for (const { from, to } of await replacements) code = code.replaceAll(from, to)
        return { contents: code, loader: 'js' }
      })
    },
  }
}

function textsOf(definition: AgentDefinition): readonly Text[] {
  const described = [definition, ...definition.parameters]
  return [
    ...described.map(({ shortdesc }) => ({ property: 'shortdesc', value: shortdesc, empty: '""' })),
    ...described.map(({ longdesc }) => ({ property: 'longdesc', value: longdesc, empty: '""' })),
    { property: 'example', value: definition.example, empty: '""' },
    { property: 'nonGoals', value: definition.nonGoals, empty: '[]' },
  ]
}

/** A property as esbuild prints it: the same value in the source is printed alike, however it is quoted there. */
async function replacementOf({ property, value, empty }: Text) {
  const { code } = await transform(`x({${property}:${JSON.stringify(value)}})`, printing)
  return { from: code.slice(code.indexOf('{') + 1, code.lastIndexOf('}')), to: `${property}:${empty}` }
}
