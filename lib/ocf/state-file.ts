import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { processStartTime } from '../host/processes.ts'
import { writeAtomically } from '../host/small-file.ts'
import {
  booleanAt,
  isObject,
  itemsAt,
  type Json,
  type JsonObject,
  numberAt,
  numbersOf,
  objectAt,
  parseJson,
  stringAt,
  stringsOf,
} from './json.ts'

/** Where all agents of this package keep what must survive an action but not a boot. */
export const stateFolder = '/run/resource-agents/haha'

/** Raised when the meaning of a field changes; a reader takes its own version and the one before. */
const version = 1

/** A mutation under way: recorded before it begins, so that a later stop can end it. */
export interface WorkEntry {
  readonly id: string
  /** What it does, for the log: "docker compose up". */
  readonly purpose: string
  /** The process that does it: a child, or the agent itself for a request to a daemon. */
  readonly pid: number
  /** Field 22 of /proc/PID/stat, so that a reused pid is not taken for it. */
  readonly startTime: number
  /** It leads a session of its own, which is ended with it. */
  readonly leads: boolean
}

/** One step of a cure. */
export interface CureEntry {
  readonly key: string
  readonly atMs: number
  /** Until when the failure it cures does not count; times are since boot. */
  readonly settlesAtMs: number
}

/** What is remembered of one instance on this node. Absent parts were never recorded. */
export interface State {
  /** Between a start and the end of a stop; the package is not removed meanwhile. */
  readonly active: boolean
  /** When the last start began, in milliseconds since boot. */
  readonly startedAtMs: number | undefined
  /** The advised or configured timeout of that start. */
  readonly startTimeoutMs: number | undefined
  /** The parameters that start validated, secrets left out. */
  readonly parameters: Readonly<Record<string, string>>
  readonly work: readonly WorkEntry[]
  readonly cures: readonly CureEntry[]
  /** Consecutive damped failures by probe. */
  readonly damping: Readonly<Record<string, number>>
  /** Degraded reasons last told, by key. */
  readonly degraded: Readonly<Record<string, string>>
  /** The agent's own record. */
  readonly record: Json | undefined
}

export const noState: State = {
  active: false,
  startedAtMs: undefined,
  startTimeoutMs: undefined,
  parameters: {},
  work: [],
  cures: [],
  damping: {},
  degraded: {},
  record: undefined,
}

/** The agent's own part of the state file. */
export interface StateSection {
  /** As last saved; parse it like anything from outside. */
  read(): Json | undefined
  save(record: Json): void
  /**
   * Like {@link save}, for what a look remembers: a full /run must not hide what it saw.
   * @returns what went wrong
   */
  trySave(record: Json): string | undefined
}

/**
 * The state of one instance: one JSON file, replaced atomically, because an agent may be killed at any
 * instruction. A half-written, foreign or future file counts as absent, and {@link StateFile.complaint}
 * says so.
 */
export class StateFile {
  readonly path: string
  complaint: string | undefined
  private readonly agent: string
  private readonly instance: string
  private known: State | undefined

  constructor(agent: string, instance: string) {
    this.agent = agent
    this.instance = instance
    this.path = `${stateFolder}/${agent}-${instance}.json`
  }

  /**
   * As this action knows it: read once, then as it wrote it. Pacemaker runs one action of an instance at a
   * time, and {@link update} never builds on what is remembered here.
   */
  read(): State {
    this.known ??= this.readAnew()
    return this.known
  }

  private readAnew(): State {
    this.complaint = undefined
    let text: string
    try {
      text = readFileSync(this.path, 'utf8')
    } catch (cause) {
      const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
      if (code !== 'ENOENT')
        this.complaint = `state file ${this.path} cannot be read (${code}), taken as absent`
      return noState
    }
    const json = parseJson(text)
    const found = numberAt(json, 'version')
    if (
      found === undefined ||
      stringAt(json, 'agent') !== this.agent ||
      stringAt(json, 'instance') !== this.instance
    ) {
      this.complaint = `state file ${this.path} is broken or not ours, taken as absent`
      return noState
    }
    if (found > version || found < version - 1) {
      this.complaint = `state file ${this.path} has version ${found}, this release reads ${version}: taken as absent`
      return noState
    }
    return readState(json)
  }

  /** Reads, changes and replaces in one go; nothing is awaited in between, so no other action slips in. */
  update(change: (state: State) => State): State {
    const before = this.readAnew()
    const after = change(before)
    if (after !== before) this.write(after)
    this.known = after
    return after
  }

  /**
   * Like {@link update}, for what must not decide how an action ends: a full /run would fence a node.
   * @returns what went wrong
   */
  tryUpdate(change: (state: State) => State): string | undefined {
    try {
      this.update(change)
      return undefined
    } catch (cause) {
      return cause instanceof Error ? cause.message : String(cause)
    }
  }

  /** Removes copies that an agent killed in the middle of writing left behind; never throws. */
  sweep(): void {
    try {
      for (const name of readdirSync(stateFolder)) {
        const [, pid] = /\.json\.(\d+)\.new$/.exec(name) ?? []
        if (pid === undefined || !`${stateFolder}/${name}`.startsWith(`${this.path}.`)) continue
        if (processStartTime(Number(pid)) === undefined) rmSync(`${stateFolder}/${name}`, { force: true })
      }
    } catch {
      // They are gone at the next boot.
    }
  }

  section(): StateSection {
    return {
      read: () => this.read().record,
      save: record => void this.update(state => ({ ...state, record })),
      trySave: record => this.tryUpdate(state => ({ ...state, record })),
    }
  }

  private write(state: State): void {
    const content: JsonObject = {
      version,
      agent: this.agent,
      instance: this.instance,
      active: state.active,
      ...(state.startedAtMs === undefined ? {} : { startedAtMs: state.startedAtMs }),
      ...(state.startTimeoutMs === undefined ? {} : { startTimeoutMs: state.startTimeoutMs }),
      parameters: state.parameters,
      work: state.work.map(entry => ({ ...entry })),
      cures: state.cures.map(entry => ({ ...entry })),
      damping: state.damping,
      degraded: state.degraded,
      ...(state.record === undefined ? {} : { record: state.record }),
    }
    writeAtomically(this.path, `${JSON.stringify(content)}\n`)
  }
}

function readState(json: Json | undefined): State {
  return {
    active: booleanAt(json, 'active') ?? false,
    startedAtMs: numberAt(json, 'startedAtMs'),
    startTimeoutMs: numberAt(json, 'startTimeoutMs'),
    parameters: stringsOf(objectAt(json, 'parameters')),
    work: itemsAt(json, 'work').flatMap(readWork),
    cures: itemsAt(json, 'cures').flatMap(readCure),
    damping: numbersOf(objectAt(json, 'damping')),
    degraded: stringsOf(objectAt(json, 'degraded')),
    record: isObject(json) ? json.record : undefined,
  }
}

function readWork(json: Json): WorkEntry[] {
  const id = stringAt(json, 'id')
  const pid = numberAt(json, 'pid')
  const startTime = numberAt(json, 'startTime')
  if (id === undefined || pid === undefined || startTime === undefined) return []
  const leads = booleanAt(json, 'leads') ?? false
  return [{ id, purpose: stringAt(json, 'purpose') ?? 'unnamed work', pid, startTime, leads }]
}

function readCure(json: Json): CureEntry[] {
  const key = stringAt(json, 'key')
  const atMs = numberAt(json, 'atMs')
  const settlesAtMs = numberAt(json, 'settlesAtMs')
  return key === undefined || atMs === undefined || settlesAtMs === undefined
    ? []
    : [{ key, atMs, settlesAtMs }]
}
