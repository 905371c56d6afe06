/**
 * Owns the plugs and the machines of one cluster, from `up` to `down`: a process of its own in the
 * namespace of the switches, so that power outlives the command that began it. Argument: the name.
 */
import { createServer, type Socket } from 'node:net'
import { isSameProcess, ownIdentity } from '../engine/processes.ts'
import { removeCluster } from './leftovers.ts'
import { type ClusterPlace, clusterPlace } from './place.ts'
import { type NodeName, nodesOf } from './plan.ts'
import type { PlugFault, PowerEvent } from './plug.ts'
import { PoweredNode } from './power.ts'
import { type ClusterRecord, field, isNodeName, readRecord, writeRecord } from './record.ts'

const OWNER_CHECK_MS = 500

class Controller {
  readonly #place: ClusterPlace
  readonly #nodes = new Map<NodeName, PoweredNode>()
  readonly #log: PowerEvent[] = []
  #record: ClusterRecord

  constructor(place: ClusterPlace, record: ClusterRecord) {
    this.#place = place
    this.#record = record
  }

  async start(): Promise<void> {
    const { plan, lower } = this.#record
    const tell = (event: PowerEvent) => {
      this.#log.push(event)
      console.log(`${new Date(event.atMs).toISOString()} ${event.node} ${event.what}`)
    }
    for (const name of nodesOf(plan)) {
      const node = new PoweredNode(this.#place, name, { lower, firmwareMs: plan.firmwareMs, tell })
      await node.plugIn()
      this.#nodes.set(name, node)
    }
    const server = createServer(socket => this.#serve(socket))
    server.listen(this.#place.controllerSocket)
    setInterval(() => void this.#goWithOwner(), OWNER_CHECK_MS)
  }

  /** A killed `up`, or a killed test run, leaves its cluster to nobody. */
  async #goWithOwner(): Promise<void> {
    const { owner } = this.#record
    if (owner === undefined || isSameProcess(owner)) return
    await removeCluster(this.#place)
    process.exit(0)
  }

  #serve(socket: Socket): void {
    let received = ''
    socket.setEncoding('utf8')
    socket.on('error', () => socket.destroy())
    socket.on('data', (part: string) => {
      received += part
      if (!received.endsWith('\n')) return
      const order: unknown = JSON.parse(received)
      this.#obey(order).then(
        value => socket.end(JSON.stringify({ value })),
        (error: unknown) =>
          socket.end(JSON.stringify({ error: error instanceof Error ? error.message : String(error) })),
      )
    })
  }

  async #obey(order: unknown): Promise<unknown> {
    const verb = field(order, 'verb')
    if (verb === 'log') return this.#log
    if (verb === 'release') return this.#release()
    const name = field(order, 'node')
    const node = isNodeName(name) ? this.#nodes.get(name) : undefined
    if (node === undefined)
      throw new Error(`no node ${name}: there are ${[...this.#nodes.keys()].join(', ')}`)
    switch (verb) {
      case 'on':
        return node.switch(true)
      case 'off':
        return node.switch(false)
      case 'status':
        return node.position
      case 'boot':
        return node.boot()
      case 'cut':
        return node.setCable('ring', 'down')
      case 'uncut':
        return node.setCable('ring', 'up')
      case 'misbehave':
        return node.misbehave(parseFault(field(order, 'fault')))
      default:
        throw new Error(`the controller knows no ${verb}`)
    }
  }

  async #release(): Promise<void> {
    this.#record = { ...this.#record, owner: undefined }
    await writeRecord(this.#place, this.#record)
  }
}

const PLAIN_FAULTS = [
  'none',
  'refuse',
  'drop',
  'lost-answer',
  'half',
  'lying',
  'stuck',
  'refuses-on',
] as const

function parseFault(value: unknown): PlugFault {
  const kind = field(value, 'kind')
  const plain = PLAIN_FAULTS.find(known => known === kind)
  if (plain !== undefined) return { kind: plain }
  const number = (name: string): number => {
    const found = field(value, name)
    if (typeof found !== 'number') throw new Error(`fault ${kind}: ${name} must be a number`)
    return found
  }
  if (kind === 'hang') return { kind, afterBytes: number('afterBytes') }
  if (kind === 'slow') return { kind, ms: number('ms') }
  if (kind === 'status') return { kind, status: number('status') }
  const body = field(value, 'body')
  if (kind === 'instead' && typeof body === 'string') return { kind, body }
  throw new Error(`a plug has no fault ${String(kind)}`)
}

const place = clusterPlace(process.argv[2] ?? '')
const record = await readRecord(place)
if (record === undefined) throw new Error(`${place.record} says nothing of a cluster`)
console.log(`controller ${ownIdentity().pid}`)
await new Controller(place, record).start()
