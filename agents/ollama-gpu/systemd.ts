import { CommandMissing, type CommandResult } from '../../lib/host/command.ts'
import { endProcess } from '../../lib/host/end-process.ts'
import {
  isSameProcess,
  kernelText,
  processStartTime,
  type RecordedProcess,
} from '../../lib/host/processes.ts'
import type { Action, Problem } from '../../lib/ocf/agent.ts'
import { ActionFailure, ExitCode } from '../../lib/ocf/exit-codes.ts'
import { oneLine } from '../../lib/ocf/exit-reason.ts'
import type { Found, Keeper } from './keeper.ts'
import type { Settings } from './parameters.ts'
import { changeRecord, readRecord } from './record.ts'

const askMs = 10_000

/** A unit of systemd, found by its control group once it was started. */
export const systemd: Keeper = { find, check, begin, end, kill }

interface Unit {
  readonly loadState: string
  readonly activeState: string
  readonly mainPid: number
  readonly cgroup: string
  readonly restart: string
}

async function show({ run, settings }: Action<Settings>): Promise<Unit | string> {
  const wish = 'LoadState,ActiveState,MainPID,ControlGroup,Restart'
  let answer: CommandResult
  try {
    answer = await run('systemctl', ['show', '--property', wish, settings.unit], { timeoutMs: askMs })
  } catch (cause) {
    if (cause instanceof CommandMissing) return 'systemctl is not installed on this node'
    throw cause
  }
  if (answer.code !== 0) return `systemctl show ${settings.unit}: ${complaint(answer)}`
  const told = new Map(
    answer.stdout.split('\n').map(line => {
      const at = line.indexOf('=')
      return [line.slice(0, at), line.slice(at + 1)] as const
    }),
  )
  return {
    loadState: told.get('LoadState') ?? '',
    activeState: told.get('ActiveState') ?? '',
    mainPid: Number(told.get('MainPID') ?? 0),
    cgroup: told.get('ControlGroup') ?? '',
    restart: told.get('Restart') ?? '',
  }
}

function complaint({ timedOut, stderr, code }: CommandResult): string {
  if (timedOut) return 'no answer from systemd'
  return oneLine(stderr.trim().split('\n').at(-1) ?? '', 100) || `exit code ${code}`
}

async function find(action: Action<Settings>): Promise<Found> {
  const { main, cgroup } = readRecord(action.recorded)
  if (main !== undefined && isSameProcess(main)) return { kind: 'up', main }
  const unit = await show(action)
  if (typeof unit === 'string')
    // Without systemctl there is no unit, and where nothing was started none of ours.
    return main === undefined && unit.includes('not installed')
      ? { kind: 'down', left: [] }
      : { kind: 'unknown', reason: unit }
  const running = identify(unit.mainPid)
  if (running !== undefined) return { kind: 'up', main: running }
  return { kind: 'down', left: membersOf(unit.cgroup === '' ? cgroup : unit.cgroup) }
}

function identify(pid: number): RecordedProcess | undefined {
  const startTime = pid > 1 ? processStartTime(pid) : undefined
  return startTime === undefined ? undefined : { pid, startTime }
}

/** Everything alive in a control group, on either layout of the hierarchy. */
function membersOf(cgroup: string | undefined): readonly RecordedProcess[] {
  if (cgroup === undefined || cgroup === '') return []
  return ['/sys/fs/cgroup', '/sys/fs/cgroup/systemd', '/sys/fs/cgroup/unified']
    .flatMap(root => kernelText(`${root}${cgroup}/cgroup.procs`).split('\n'))
    .flatMap(pid => identify(Number(pid)) ?? [])
    .filter(isSameProcess)
}

async function check(action: Action<Settings>): Promise<readonly Problem[]> {
  const { unit: name } = action.settings
  const unit = await show(action)
  if (typeof unit === 'string')
    return [{ kind: unit.includes('not installed') ? 'software' : 'passing', text: unit }]
  if (unit.loadState !== 'loaded')
    return [{ kind: 'software', text: `unit ${name} is not on this node (${unit.loadState})` }]
  if (unit.restart !== 'no' && unit.restart !== '')
    action.report.warn(
      `unit ${name} has Restart=${unit.restart}, which fights Pacemaker: systemctl edit ${name}, [Service] Restart=no`,
    )
  return []
}

async function begin(action: Action<Settings>): Promise<void> {
  const { unit: name } = action.settings
  const left = action.deadline.remainingMs()
  const answer = await action.work.command(`start of ${name}`, 'systemctl', ['start', name], {
    timeoutMs: left,
  })
  if (answer.code !== 0)
    throw new ActionFailure(
      ExitCode.generic,
      `systemctl start ${name}: ${complaint(answer)}; see journalctl -u ${name}`,
    )
  const unit = await show(action)
  if (typeof unit === 'string') throw new ActionFailure(ExitCode.generic, unit)
  changeRecord(action.recorded, { main: identify(unit.mainPid), cgroup: unit.cgroup })
}

async function end(action: Action<Settings>): Promise<void> {
  const { unit: name } = action.settings
  const timeoutMs = action.deadline.remainingMs()
  await action.work.ending(`stop of ${name}`, () => action.run('systemctl', ['stop', name], { timeoutMs }))
}

async function kill(action: Action<Settings>): Promise<void> {
  const { cgroup } = readRecord(action.recorded)
  const found = await find(action)
  const main = found.kind === 'up' ? [found.main] : []
  const all = [...main, ...(found.kind === 'down' ? found.left : membersOf(cgroup))]
  await Promise.all(all.map(process => endProcess(process, { graceMs: 0 })))
}
