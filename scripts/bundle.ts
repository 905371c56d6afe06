import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin, transform } from 'esbuild'
import { loadAllDrivers } from '../fence/driver-registry.ts'
import { metadataXml } from '../fence/metadata.ts'
import { trailerText } from '../lib/bundle/trailer.ts'
import type { AgentDefinition } from '../lib/ocf/definition.ts'
import { ocfXml } from '../metadata/ocf-xml.ts'
import { bundleFaults } from './bundle-gate.ts'
import { loadDefinition } from './definitions.ts'
import { withoutDocumentation } from './documentation.ts'
import { packProgram } from './pack-program.ts'

/** The project's folder. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** A written bundle. */
export interface Bundle {
  readonly outFile: string
  readonly bytes: number
}

export interface AgentBundle extends Bundle {
  readonly definition: AgentDefinition
  /** What is packed in it. */
  readonly program: string
}

/**
 * Bundles an agent with the library, its metadata as text in it, into one executable file. What stands in
 * it as it is answers meta-data, and unpacks and runs all the rest. The same sources give the same bytes.
 *
 * @param source.entry file that exports `agent`
 * @param source.version of the package
 * @throws Error when the definition or the bundle breaks a rule of {@link bundleFaults}
 */
export async function bundleAgent(source: {
  readonly entry: string
  readonly outFile: string
  readonly version: string
}): Promise<AgentBundle> {
  const { entry, outFile, version } = source
  const definition = await loadDefinition(resolve(entry))
  const file = resolve(entry)
  const parts = `${file.slice(0, -'.ts'.length)}/`
  const lean = withoutDocumentation(definition, path => path === file || path.startsWith(parts))
  const program = await compile(
    [
      `import { runAgent } from './lib/ocf/run-agent.ts'`,
      `import { agent } from ${importPath(entry)}`,
      `void runAgent(agent, leaving)`,
    ],
    entry,
    [metricsBeside(file), lean],
  )
  const packing = packProgram(definition.name, program)
  const start = await compile(
    [
      `import { answerMetaData } from './lib/ocf/meta-data.ts'`,
      `import { runPacked } from './lib/bundle/packed-program.ts'`,
      `answerMetaData(process.argv[2] ?? '', __filename)`,
      `void runPacked(${JSON.stringify(packing.program)}, __filename, require)`,
    ],
    entry,
    [],
  )
  const trailer = trailerText({ program: packing.packed, metadataXml: ocfXml(definition, version) })
  return { ...writeBundle(start.trimEnd() + trailer, outFile), definition, program }
}

/**
 * Bundles what an agent loads only where metrics are on: the library's part, and agents/<name>/metrics.ts.
 * An agent in `<folder>/ocf/haha` (installed: resource.d/haha) finds it in `<folder>/lib/haha`.
 */
export async function bundleMetrics(entry: string, outFolder: string): Promise<string> {
  const own = `${entry.slice(0, -'.ts'.length)}/metrics.ts`
  const modules = [actionMetrics, ...(existsSync(own) ? [own] : [])]
  const outFile = join(outFolder, metricsName(entry))
  await build({
    ...common,
    stdin: {
      contents: modules.map(path => `export * from ${importPath(path)}`).join('\n'),
      resolveDir: root,
      loader: 'ts',
    },
    outfile: outFile,
  })
  chmodSync(outFile, 0o644)
  return outFile
}

/**
 * Bundles the fence agent: fence/<name>.ts, which exports `run(baked)`, its metadata as text in it.
 * @throws Error when the bundle breaks a rule of {@link bundleFaults}
 */
export async function bundleFence(source: {
  readonly entry: string
  readonly outFile: string
  readonly version: string
}): Promise<Bundle> {
  const { entry, outFile, version } = source
  const baked = { version, metadataXml: metadataXml(await loadAllDrivers()) }
  const main = [`import { run } from ${importPath(entry)}`, `void run(${JSON.stringify(baked)})`]
  return writeBundle(await compile(main, entry, []), outFile)
}

/**
 * Bundles a tool for the operator: a file that exports `run(baked)`, with what it is to know beside the version.
 * It may use every part of the project; packages are refused.
 *
 * @param source.baked turned into JSON
 * @throws Error when the bundle breaks a rule of {@link bundleFaults}
 */
export async function bundleTool(source: {
  readonly entry: string
  readonly outFile: string
  readonly baked: Readonly<Record<string, unknown>>
}): Promise<Bundle> {
  const { entry, outFile, baked } = source
  const main = [`import { run } from ${importPath(entry)}`, `void run(${JSON.stringify(baked)})`]
  return writeBundle(await compile(main, entry, []), outFile)
}

/** The version in package.json. */
export function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) {
    if (typeof manifest.version === 'string') return manifest.version
  }
  throw new Error('package.json: no version')
}

function importPath(entry: string): string {
  return JSON.stringify(`./${relative(root, resolve(entry))}`)
}

const common = {
  absWorkingDir: root,
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node18',
  // A lazy import of a built-in becomes a lazy require: import() would load node's ESM loader.
  supported: { 'dynamic-import': false },
  // Comments and long names cost every monitor their bytes; errors carry their names as texts.
  minify: true,
  legalComments: 'none',
  logLevel: 'silent',
} as const

const actionMetrics = join(root, 'lib/ocf/action-metrics.ts')

function metricsName(entry: string): string {
  return `${basename(entry, '.ts')}-metrics.cjs`
}

/** Keeps out of a bundle what {@link bundleMetrics} makes a file of its own of. */
function metricsBeside(entry: string): Plugin {
  const own = `${entry.slice(0, -'.ts'.length)}/metrics.ts`
  return {
    name: 'metrics-beside',
    setup({ onResolve }) {
      onResolve({ filter: /metrics\.ts$/ }, ({ path, resolveDir, kind }) =>
        kind === 'dynamic-import' && [actionMetrics, own].includes(resolve(resolveDir, path))
          ? { path: `../../lib/haha/${metricsName(entry)}`, external: true }
          : undefined,
      )
    },
  }
}

/**
 * The text that esbuild makes of a generated module and all that it imports.
 * @throws Error when what came in breaks a rule of {@link bundleFaults}
 */
async function compile(main: readonly string[], entry: string, plugins: readonly Plugin[]): Promise<string> {
  const { outputFiles, metafile } = await build({
    ...common,
    stdin: { contents: main.join('\n'), resolveDir: root, loader: 'ts', sourcefile: mainName },
    plugins: [...plugins],
    write: false,
    metafile: true,
    outfile: 'bundle',
  })
  const [output] = outputFiles
  if (output === undefined) throw new Error(`${entry}: esbuild gave no output`)
  const faults = bundleFaults(metafile, { entry: relative(root, resolve(entry)), main: mainName })
  if (faults.length > 0) throw new Error(`${entry}: ${faults.join('; ')}`)
  return await plainRequires(output.text)
}

function writeBundle(text: string, outFile: string): Bundle {
  const whole = `#!/usr/bin/node\n${text}`
  mkdirSync(dirname(outFile), { recursive: true })
  writeFileSync(outFile, whole)
  chmodSync(outFile, 0o755)
  return { outFile, bytes: Buffer.byteLength(whole) }
}

/**
 * esbuild wraps each lazily loaded module in a copy that also has a default export. Sources import names
 * only, and a copy of each built-in at each use costs a monitor more than its own work. What made the
 * copies is left out as well.
 */
async function plainRequires(text: string): Promise<string> {
  const plain = text.replace(/[\w$]+\((require\("(?:node:|\.\.\/)[\w./-]+"\))(?:,1)?\)/g, '$1')
  const { platform, target, minify, legalComments } = common
  const { code } = await transform(plain, { platform, target, minify, legalComments, treeShaking: true })
  return code
}

const mainName = 'bundle-entry.ts'
