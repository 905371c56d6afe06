import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { modelAbsent } from '../../../../scripts/doctor/rules/model-absent.ts'
import { lookAtModels, manifestOf, modelsIn } from '../../../../scripts/doctor/sources/model-files.ts'
import { readCib } from '../../../../scripts/pacemaker/read-cib.ts'
import { captured } from '../captured.ts'
import { captured as capturedText } from '../captured-text.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'models-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const nvpairs = (id: string, values: Readonly<Record<string, string>>) =>
  Object.entries(values)
    .map(([name, value]) => `<nvpair id="${id}-${name}" name="${name}" value="${value}"/>`)
    .join('')

/** The cluster of the lab, with a voice more. */
function withVoice(parameters: Readonly<Record<string, string>>, more = '', constraint = '') {
  const all = { model: 'llama3.2:3b', models_dir: folder, ...parameters }
  const voice = `<primitive id="p_voice" class="ocf" provider="haha" type="ollama-gpu"><instance_attributes id="v">${nvpairs('v', all)}</instance_attributes></primitive>`
  const cib = capturedText('well', 'cib.xml')
    .replace('</resources>', `${voice}${more}</resources>`)
    .replace('</constraints>', `${constraint}</constraints>`)
  return readCib(cib)
}

async function findings(cib: ReturnType<typeof readCib>, node = 'n2') {
  const models = await lookAtModels(modelsIn(cib, node), 5000)
  return modelAbsent.check({ ...captured('well'), cib, node, models })
}

function pulled(manifest: string): void {
  mkdirSync(dirname(join(folder, manifest)), { recursive: true })
  writeFileSync(join(folder, manifest), '{}')
}

test('a model that is not on the node is told, with the way to bring it there', async () => {
  expect(await findings(withVoice({}))).toMatchObject([
    {
      severity: 'warning',
      seen: `model llama3.2:3b of p_voice is not in ${folder} of n2, which may have to run it`,
      crmsh: `rsync -a <node that has it>:${folder}/ ${folder}/   # on n2`,
    },
  ])
})

test('a model that was pulled there is well', async () => {
  pulled('manifests/registry.ollama.ai/library/llama3.2/3b')
  expect(await findings(withVoice({}))).toEqual([])
})

test.each([
  ['llama3', 'manifests/registry.ollama.ai/library/llama3/latest'],
  ['me/own:v2', 'manifests/registry.ollama.ai/me/own/v2'],
  ['hub.example:5000/me/own', 'manifests/hub.example:5000/me/own/latest'],
])('%s is looked for where Ollama keeps it', async (model, manifest) => {
  expect(manifestOf(model)).toBe(manifest)
  pulled(manifest)
  expect(await findings(withVoice({ model }))).toEqual([])
})

test.each(['hf.co/bartowski/Llama-3.2-3B-Instruct-GGUF:Q4_K_M', 'a:b:c', 'x/', ''])(
  'of the name %s it is not known where it lies, and nothing is said',
  async model => expect(await findings(withVoice({ model }))).toEqual([]),
)

test('nothing is said of a server in a container or a unit, whose directory is not known', async () => {
  expect(await findings(withVoice({ mode: 'docker' }))).toEqual([])
  expect(await findings(withVoice({ mode: 'systemd' }))).toEqual([])
})

test('nothing is said of models on a mount of the cluster, which may be elsewhere now', async () => {
  const mount = (directory: string) =>
    `<primitive id="p_fs" class="ocf" provider="heartbeat" type="Filesystem"><instance_attributes id="f">${nvpairs('f', { directory })}</instance_attributes></primitive>`
  expect(await findings(withVoice({}, mount(dirname(folder))))).toEqual([])
  expect(await findings(withVoice({}, mount(`${folder.slice(0, -1)}`)))).toHaveLength(1)
})

test.each([
  '<rsc_location id="l" rsc="p_voice" node="n2" score="-INFINITY"/>',
  '<rsc_location id="l" rsc="p_voice" node="n1" score="INFINITY" resource-discovery="exclusive"/>',
])('nothing is said on a node that may not run it: %s', async constraint => {
  expect(await findings(withVoice({}, '', constraint))).toEqual([])
  expect(await findings(withVoice({}, '', constraint), 'n1')).toHaveLength(1)
})

test('a models directory that cannot be looked at is no finding, and says why', async () => {
  symlinkSync('manifests', join(folder, 'manifests'))
  await expect(findings(withVoice({}))).rejects.toThrow(/manifests/)
})
