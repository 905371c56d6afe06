import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Json, parseJson } from '../../../../lib/ocf/json.ts'
import { modelAbsent } from '../../../../scripts/doctor/rules/model-absent.ts'
import { type Container, readContainer } from '../../../../scripts/doctor/sources/containers.ts'
import { lookAtModels, manifestOf, modelsIn } from '../../../../scripts/doctor/sources/model-files.ts'
import { folderOfUnit, type ModelPlaces } from '../../../../scripts/doctor/sources/model-folders.ts'
import { readCib } from '../../../../scripts/pacemaker/read-cib.ts'
import { captured } from '../captured.ts'
import { captured as capturedText } from '../captured-text.ts'
import { capturedVoice } from '../captured-voice.ts'

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

const NOTHING: ModelPlaces = { containers: [], units: new Map() }

async function findings(cib: ReturnType<typeof readCib>, node = 'n2') {
  const models = await lookAtModels(modelsIn(cib, node, NOTHING), 5000)
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

describe.each([
  ['the agent itself', 'cib.xml', '/var/lib/ollama/models'],
  ['a container with a directory of the node', 'cib-docker.xml', '/var/lib/ollama/models'],
  ["the unit of Ollama's installer", 'cib-systemd.xml', '/usr/share/ollama/.ollama/models'],
] as const)('captured in the lab, Ollama run by %s', (_what, cib, where) => {
  test('a node to which the voice would move has no model', () => {
    expect(modelAbsent.check(capturedVoice(cib, 'models.txt'))).toMatchObject([
      {
        severity: 'warning',
        seen: `model tiny:latest of p_voice is not in ${where} of n2, which may have to run it`,
        crmsh: `rsync -a n1:${where}/ ${where}/   # on n2`,
      },
    ])
  })

  test('with what the other node has on its disk nothing is said', () => {
    expect(modelAbsent.check(capturedVoice(cib, 'models-n1.txt'))).toEqual([])
  })
})

describe('a container', () => {
  const [bound, volume] = captured('voice').containers
  const folderOf = (...containers: readonly (Container | undefined)[]) =>
    capturedVoice('cib-docker.xml', 'models.txt', {
      containers: containers.flatMap(one => (one === undefined ? [] : [{ ...one, name: 'ollama' }])),
    }).models.map(({ folder: found, pull }) => ({ found, pull }))
  const pull = 'docker exec ollama ollama pull tiny:latest'

  test('by the files of an engine that sleeps has its models where it has them by the engine', () => {
    const file: Json = parseJson(capturedText('voice', 'config.v2.json')) ?? null
    expect(folderOf(readContainer(file, file))).toEqual([{ found: '/var/lib/ollama/models', pull }])
    expect(folderOf(bound)).toEqual([{ found: '/var/lib/ollama/models', pull }])
  })

  test('with a volume, and models elsewhere in it', () => {
    expect(folderOf(volume)).toEqual([{ found: '/var/lib/docker/volumes/voices/_data/own', pull }])
  })

  test('that mounts nothing there, or is not on this node: nothing is said', () => {
    expect(folderOf(bound && { ...bound, mounts: [] })).toEqual([])
    expect(folderOf(bound && { ...bound, environment: ['OLLAMA_MODELS=/models'] })).toEqual([])
    expect(folderOf()).toEqual([])
  })
})

test('a unit has its models below the home of its user, or where its variable says', () => {
  const passwd = capturedText('voice', 'passwd.txt')
  const unit = capturedText('voice', 'unit.txt')
  expect(folderOfUnit(unit, passwd)).toBe('/usr/share/ollama/.ollama/models')
  expect(folderOfUnit(unit.replace('User=ollama', 'User='), passwd)).toBe('/root/.ollama/models')
  expect(folderOfUnit(capturedText('voice', 'unit-set.txt'), passwd)).toBe('/srv/my models')
})

test('of a unit that is not there, or takes its variables from a file, nothing is known', () => {
  const passwd = capturedText('voice', 'passwd.txt')
  const unit = capturedText('voice', 'unit.txt')
  expect(folderOfUnit(capturedText('voice', 'unit-gone.txt'), passwd)).toBeUndefined()
  expect(folderOfUnit(unit.replace('User=ollama', 'User=nobody-known'), passwd)).toBeUndefined()
  expect(
    folderOfUnit(`${unit}EnvironmentFiles=/etc/default/ollama (ignore_errors=yes)\n`, passwd),
  ).toBeUndefined()
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
