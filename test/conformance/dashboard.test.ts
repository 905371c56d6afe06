import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { itemsAt, type Json, numberAt, parseJson, stringAt } from '../../lib/ocf/json.ts'
import { root } from '../../scripts/bundle.ts'
import { npmTree } from '../../scripts/engine/npm.ts'
import { metricGroups } from '../../scripts/monitoring/all-metrics.ts'

const source = join(root, 'scripts/grafana/dashboard.ts')
const dashboard = parseJson(readFileSync(join(root, 'dist/share/grafana/haha.json'), 'utf8'))
const panels = itemsAt(dashboard, 'panels')

let folder = ''
let schema = ''
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'haha-dashboard-'))
  const tree = await npmTree(join(root, 'scripts/grafana'), [])
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  schema = join(tree, 'node_modules/@grafana/schema/dist/types/index.d.ts')
})
afterAll(() => rmSync(folder, { recursive: true }))

/** What the compiler says of the dashboard's source, as strictly as of all others, against Grafana's own types. */
async function compiled(text: string) {
  // Its imports are relative: from another folder they are found by their whole paths.
  const file = join(folder, 'dashboard.ts')
  writeFileSync(file, text.replaceAll("'../../", `'${root}/`).replaceAll("'../", `'${root}/scripts/`))
  const compilerOptions = {
    paths: { '@grafana/schema': [schema] },
    typeRoots: [join(root, 'node_modules/@types')],
  }
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions,
    files: [file],
    include: [],
    exclude: [],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  return await execa(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder], {
    all: true,
    reject: false,
  })
}

test('the dashboard is what Grafana calls one, by its own types', async () => {
  const { all, exitCode } = await compiled(readFileSync(source, 'utf8'))
  expect({ exitCode, all }).toEqual({ exitCode: 0, all: '' })
})

test.each([
  ['schemaVersion: 39', "schemaVersion: '39'"],
  ['gridPos: { x, y, w, h }', 'gridPos: { x, y, width: w, h }'],
  ["type: 'datasource'", "type: 'data source'"],
])('a dashboard with %s turned into %s would not compile', async (right, wrong) => {
  const text = readFileSync(source, 'utf8')
  expect(text).toContain(right)
  const { all, exitCode } = await compiled(text.replace(right, wrong))
  expect(exitCode).not.toBe(0)
  expect(all).toMatch(/^\S+dashboard\.ts\(\d+,\d+\): error TS2(?:322|353|820): /)
})

const queries: readonly Json[] = panels.flatMap(panel => itemsAt(panel, 'targets'))

test('promtool accepts each query, and each asks for metrics that exist', async () => {
  const known = new Set(metricGroups.flatMap(({ metrics }) => metrics.map(({ name }) => name)))
  const texts = queries.map(query => stringAt(query, 'expr') ?? '')
  expect(texts.length).toBeGreaterThan(10)
  for (const text of texts) {
    const named = text.match(/haha_\w+/g) ?? []
    expect(named.length, text).toBeGreaterThan(0)
    expect(
      named.filter(name => !known.has(name)),
      text,
    ).toEqual([])
  }
  const rules = texts.map((expr, at) => ({ record: `query_${at}`, expr }))
  const file = join(folder, 'queries.yml')
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'queries', rules }] }))
  const { all, exitCode } = await execa('promtool', ['check', 'rules', '--lint=none', file], {
    all: true,
    reject: false,
  })
  expect(exitCode, all).toBe(0)
})

test('no panel lies on another', () => {
  const cells = new Map<string, string>()
  for (const panel of panels) {
    const title = stringAt(panel, 'title') ?? ''
    const [x = 0, y = 0, w = 0, h = 0] = ['x', 'y', 'w', 'h'].map(key => numberAt(panel, 'gridPos', key))
    expect(x + w).toBeLessThanOrEqual(24)
    for (let column = x; column < x + w; column++)
      for (let line = y; line < y + h; line++) {
        expect(cells.get(`${column}:${line}`), `${title} over another`).toBeUndefined()
        cells.set(`${column}:${line}`, title)
      }
  }
})
