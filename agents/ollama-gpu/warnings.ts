import { findBinary } from '../../lib/host/command.ts'
import { allProcesses } from '../../lib/host/processes.ts'
import { readText } from '../../lib/host/small-file.ts'
import type { Action } from '../../lib/ocf/agent.ts'
import { accountOf } from './account.ts'
import { commandWords, environmentOf } from './identity.ts'
import { namesIn } from './names-in.ts'
import type { Settings } from './parameters.ts'
import { readRecord } from './record.ts'
import { sharesNamespace } from './runners.ts'

/** Where units lie, the strongest first. */
const unitFolders = ['/etc/systemd/system', '/run/systemd/system', '/lib/systemd/system']

/** What works today and breaks one day; said at start and at validate-all of level 10. */
export async function warnings(action: Action<Settings>): Promise<readonly string[]> {
  const told = [packagedUnit(action), await sharedModels(action), await systemdResources(action)]
  return told.filter(text => text !== undefined)
}

/** The unit that Ollama's installer writes, and enables at each update, takes the port first and comes back. */
function packagedUnit({ settings }: Action<Settings>): string | undefined {
  if (settings.mode === 'systemd') return undefined
  const units = unitFolders.flatMap(folder => readText(`${folder}/ollama.service`) ?? [])
  const dropIns = unitFolders.flatMap(folder =>
    namesIn(`${folder}/ollama.service.d`).map(name => readText(`${folder}/ollama.service.d/${name}`)),
  )
  const text = [units[0], ...dropIns].join('\n')
  const restart = [...text.matchAll(/^\s*Restart\s*=\s*(\S+)/gm)].at(-1)?.[1] ?? 'no'
  return restart === 'no'
    ? undefined
    : `ollama.service has Restart=${restart}, which fights Pacemaker: systemctl disable --now ollama, and a drop-in with Restart=no`
}

/** A server prunes at its start what no manifest names: another one's pull among it. */
async function sharedModels(action: Action<Settings>): Promise<string | undefined> {
  const { modelsDir, mode, user } = action.settings
  if (mode !== 'serve') return undefined
  const folder = modelsDir ?? defaultModels((await accountOf(action, user))?.home)
  const own = readRecord(action.recorded).main?.pid
  const stranger = allProcesses().find(
    ({ pid }) => pid !== own && isServer(pid) && modelsOf(pid) === folder && sharesNamespace(pid, 'pid'),
  )
  return stranger === undefined
    ? undefined
    : `models_dir ${folder} is shared with the server of pid ${stranger.pid}: each deletes what the other pulls`
}

function isServer(pid: number): boolean {
  const words = commandWords(pid)
  return words.includes('serve') && words.slice(0, 2).some(word => /(?:^|\/)ollama[^/]*$/.test(word))
}

function modelsOf(pid: number): string {
  return environmentOf(pid, 'OLLAMA_MODELS') ?? defaultModels(environmentOf(pid, 'HOME'))
}

function defaultModels(home: string | undefined): string {
  return `${home}/.ollama/models`
}

/** Pacemaker has systemd reload for each of them, and containers lose their GPU in a reload. */
async function systemdResources({ settings, run, invocation }: Action<Settings>) {
  if (settings.mode !== 'docker' || findBinary('crm_mon') === undefined) return undefined
  const { stdout } = await run('crm_mon', ['--one-shot', '--inactive', '--output-as=xml'], {
    timeoutMs: 5000,
  })
  // One that runs nowhere, or here; another node's is no matter.
  const names = [
    ...stdout.matchAll(
      /<resource [^>]*resource_agent="(systemd:[^"]+)"[^>]*?(\/?)>\s*(?:<node name="([^"]+)")?/g,
    ),
  ].flatMap(([, name, alone, node]) => (alone === '/' || node === invocation.node ? name : []))
  return names[0] === undefined
    ? undefined
    : `Pacemaker reloads systemd for ${names[0]}, and containers lose the GPU in a reload: keep it off this node`
}
