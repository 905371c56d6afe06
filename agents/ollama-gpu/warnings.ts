import { findBinary } from '../../lib/host/command.ts'
import { allProcesses } from '../../lib/host/processes.ts'
import type { Action } from '../../lib/ocf/agent.ts'
import { readText } from '../../lib/ocf/state-file.ts'
import { commandWords, environmentOf } from './identity.ts'
import type { Settings } from './parameters.ts'
import { readRecord } from './record.ts'

const unitFolders = ['/etc/systemd/system', '/run/systemd/system', '/lib/systemd/system']

/** What works today and breaks one day; said at start and at validate-all of level 10. */
export async function warnings(action: Action<Settings>): Promise<readonly string[]> {
  const told = [packagedUnit(action), sharedModels(action), await systemdResources(action)]
  return told.filter(text => text !== undefined)
}

/** The unit that Ollama's installer writes would take the port first, and bring a stopped server back. */
function packagedUnit({ settings }: Action<Settings>): string | undefined {
  if (settings.mode === 'systemd') return undefined
  const always = unitFolders.some(folder =>
    /^\s*Restart\s*=\s*(?:always|on-failure)/m.test(readText(`${folder}/ollama.service`) ?? ''),
  )
  return always
    ? 'ollama.service with Restart=always fights this resource: systemctl disable --now ollama'
    : undefined
}

/** A server prunes at its start what no manifest names: another one's pull among it. */
function sharedModels({ settings, recorded }: Action<Settings>): string | undefined {
  const { modelsDir } = settings
  if (modelsDir === undefined || settings.mode !== 'serve') return undefined
  const own = readRecord(recorded).main?.pid
  const stranger = allProcesses().find(
    ({ pid }) =>
      pid !== own && commandWords(pid).includes('serve') && environmentOf(pid, 'OLLAMA_MODELS') === modelsDir,
  )
  return stranger === undefined
    ? undefined
    : `models_dir ${modelsDir} is shared with the server of pid ${stranger.pid}: each deletes what the other pulls`
}

/** Pacemaker has systemd reload for each of them, and containers lose their GPU in a reload. */
async function systemdResources({ settings, run }: Action<Settings>): Promise<string | undefined> {
  if (settings.mode !== 'docker' || findBinary('crm_mon') === undefined) return undefined
  const { stdout } = await run('crm_mon', ['--one-shot', '--inactive', '--output-as=xml'], {
    timeoutMs: 5000,
  })
  const name = /<resource [^>]*resource_agent="(systemd:[^"]+)"/.exec(stdout)?.[1]
  return name === undefined
    ? undefined
    : `the cluster runs ${name}: Pacemaker reloads systemd for it, and containers lose the GPU; keep it off this node`
}
