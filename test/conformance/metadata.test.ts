import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { crmshExample, pcsExample } from '../../metadata/example.ts'
import { manPage } from '../../metadata/man-page.ts'
import { ocfXml } from '../../metadata/ocf-xml.ts'
import { bundleAgent, packageVersion, root } from '../../scripts/bundle.ts'
import { sizeFault } from '../../scripts/bundle-gate.ts'
import { agentFiles, loadDefinition } from '../../scripts/definitions.ts'
import { hostile } from '../unit/metadata/sample-agent/definition.ts'

const folder = mkdtempSync(join(tmpdir(), 'metadata-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const sampleFile = join(root, 'test/unit/metadata/sample-agent.ts')
const files = [sampleFile, ...agentFiles(root)]

function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input = '',
) {
  const result = spawnSync(command, [...args], {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: folder, LC_ALL: 'C.UTF-8', ...env },
    cwd: '/',
    encoding: 'utf8',
    timeout: 60_000,
    input,
  })
  if (result.error !== undefined) throw result.error
  return { status: result.status, stdout: result.stdout, stderr: result.stderr }
}

function inFolder(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

/** Python as Debian's tools run it: with Debian's modules, whatever other python stands in PATH. */
function python(program: string, input: string): unknown {
  const { status, stdout, stderr } = run('/usr/bin/python3', ['-c', program], {}, input)
  if (status !== 0) throw new Error(stderr)
  const read: unknown = JSON.parse(stdout)
  return read
}

/** The schema that the installed pcs validates agents against. */
function schemaOfPcs(): string {
  const schema = '/usr/share/pcs/data/ocf-1.1.rng'
  if (existsSync(schema)) return schema
  const found = run('find', ['/usr/share', '/usr/lib', '-name', 'ocf-1.1.rng']).stdout.split('\n')[0] ?? ''
  if (found === '') throw new Error('ocf-1.1.rng not found: install the Debian package pcs')
  return found
}

describe.each(files.map(file => [basename(file, '.ts'), file]))('%s', (_name, file) => {
  test('the document is valid by the type that it names', async () => {
    const xml = inFolder('agent.xml', ocfXml(await loadDefinition(file), '1.2.3'))
    const { status, stderr } = run('xmllint', ['--valid', '--noout', xml])
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })

  test('the document is valid by the schema that pcs installs', async () => {
    const xml = inFolder('agent.xml', ocfXml(await loadDefinition(file), '1.2.3'))
    const { status } = run('xmllint', ['--noout', '--relaxng', schemaOfPcs(), xml])
    expect(status).toBe(0)
  })

  test('pcs reads every parameter and every action', async () => {
    const definition = await loadDefinition(file)
    const names = definition.parameters.flatMap(({ name, deprecatedNames }) => [
      name,
      ...(deprecatedNames ?? []),
    ])
    const program = [
      'import sys, json',
      'from pcs.lib.resource_agent import xml, types',
      'dom = xml._metadata_xml_to_dom(sys.stdin.read())',
      'read = xml.parse_metadata(types.ResourceAgentName("ocf", "haha", "x"), dom)',
      'facts = {"short": read.shortdesc, "parameters": [p.name for p in read.parameters], "actions": len(read.actions)}',
      'print(json.dumps(facts))',
    ]
    expect(python(program.join('\n'), ocfXml(definition, '1.2.3'))).toEqual({
      short: definition.shortdesc,
      parameters: names,
      actions: definition.actions.length,
    })
  })

  test('crmsh, which parses text and not bytes, reads the document', async () => {
    const definition = await loadDefinition(file)
    const program = [
      'import sys, json',
      'from lxml import etree',
      // crmsh splits the output into lines and hands them, joined, to the parser.
      'root = etree.fromstring("\\n".join(sys.stdin.read().split("\\n")))',
      'print(json.dumps([root.findtext("shortdesc"), len(root.findall("actions/action"))]))',
    ]
    expect(python(program.join('\n'), ocfXml(definition, '1.2.3'))).toEqual([
      definition.shortdesc,
      definition.actions.length,
    ])
  })

  test('man formats the page without a warning, in the width that lintian uses', async () => {
    const page = inFolder('agent.7', manPage(await loadDefinition(file), '1.2.3'))
    const env = { MANROFFSEQ: '', MANWIDTH: '80' }
    const checked = run('man', ['--warnings', '-E', 'UTF-8', '-l', '-Tutf8', '-Z', page], env)
    expect({ status: checked.status, stderr: checked.stderr }).toEqual({ status: 0, stderr: '' })
  })

  test('the example for crmsh and the one for pcs configure the same primitive', async () => {
    const { example } = await loadDefinition(file)
    const withCrmsh = configured('crmsh.xml', crmshExample(example).replace(/^crm /, 'crm -F '))
    const withPcs = configured(
      'pcs.xml',
      `${pcsExample(example)} --force`.replace(/^pcs /, 'pcs -f "$CIB_file" '),
    )
    expect(withCrmsh.length).toBeGreaterThan(0)
    expect(withPcs).toEqual(expect.arrayContaining(withCrmsh))
  })
})

/** What a command puts into an empty cluster configuration: the names and values of the primitive. */
function configured(name: string, command: string): string[] {
  const cib = inFolder(name, run('cibadmin', ['--empty']).stdout)
  const { status, stdout, stderr } = run('sh', ['-c', command], { CIB_file: cib })
  if (status !== 0) throw new Error(`${command}\n${stdout}${stderr}`)
  const program = [
    'import sys, json',
    'from lxml import etree',
    'root = etree.fromstring(sys.stdin.buffer.read())',
    'one = root.find(".//primitive")',
    'facts = [f"{v.getparent().tag} {v.get(\'name\')}={v.get(\'value\')}" for v in one.iter("nvpair")]',
    // crmsh writes an interval of nothing as 0, pcs as 0s.
    'seconds = lambda text: text.rstrip("s") + "s"',
    'facts += [" ".join(("op", o.get("name"), seconds(o.get("interval")), o.get("timeout"))) for o in one.iter("op")]',
    'facts.append(" ".join(one.get(key) for key in ("id", "class", "provider", "type")))',
    'print(json.dumps(sorted(facts)))',
  ]
  const facts = python(program.join('\n'), readFileSync(cib, 'utf8'))
  return Array.isArray(facts) ? facts.map(String) : []
}

test('man shows hostile text as it was written', async () => {
  const definition = await loadDefinition(sampleFile)
  const page = inFolder('hostile.7', manPage({ ...definition, nonGoals: [hostile] }, '1.2.3'))
  const { stdout } = run('man', ['-E', 'UTF-8', '-l', page], { MANWIDTH: '200', MAN_KEEP_FORMATTING: '' })
  expect(stdout).toContain(hostile)
})

test.each(agentFiles(root).map(file => [basename(file, '.ts'), file]))(
  'the bundle of %s keeps to its limit of bytes',
  async (name, file) => {
    const { bytes } = await bundleAgent({
      entry: file,
      outFile: join(folder, name),
      version: packageVersion(),
    })
    expect(sizeFault(name, bytes)).toBeUndefined()
  },
)
