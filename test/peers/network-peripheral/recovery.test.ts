import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, type TestContext, test } from 'vitest'
import type { ClusterState } from '../../unit/cluster/crm-mon.ts'
import { eventually } from '../eventually.ts'
import { type PoePlayer, playPoe, poeLogin } from '../players/poe.ts'
import { playZigbeeClient, type ZigbeeClient } from '../players/zigbee-client.ts'
import { playZigbeeCoordinator, type ZigbeeCoordinator } from '../players/zigbee-coordinator.ts'
import { WatchTrial } from './trial.ts'

const FULL = process.env.HAHA_FULL === '1'
const FENCE = join(import.meta.dirname, '../../../dist/sbin/fence_homelab')
const MAC = 'a0:b7:65:00:00:01'
const BOOT_MS = 500

type Finished = TestContext['onTestFinished']

/** A coordinator fed by port 1 of the switch, and Zigbee2MQTT's connection to it from n1. */
class House {
  readonly trial: WatchTrial
  readonly #port: number
  readonly #poe: PoePlayer
  readonly #folder: string
  #coordinator: ZigbeeCoordinator | undefined
  #client: ZigbeeClient | undefined
  readonly #supply: NodeJS.Timeout
  #forgotten = 0

  private constructor(
    poe: PoePlayer,
    coordinator: ZigbeeCoordinator,
    parameters: Readonly<Record<string, string>>,
  ) {
    const { port } = coordinator
    this.#poe = poe
    this.#folder = mkdtempSync(join(tmpdir(), 'haha-recovery-'))
    const community = join(this.#folder, 'community')
    writeFileSync(community, `${poeLogin.community}\n`, { mode: 0o600 })
    this.#port = port
    this.#coordinator = coordinator
    this.trial = new WatchTrial({
      targets: 'icmp://127.0.0.1',
      session: `127.0.0.1:${port}`,
      hang_seconds: '1s',
      recovery: 'power-cycle',
      recovery_driver: 'poe',
      recovery_ip: '127.0.0.1',
      recovery_plug: '1',
      recovery_mac: MAC,
      recovery_password_file: community,
      recovery_options: `ipport=${poe.port}`,
      recovery_cooldown: '1min',
      ...parameters,
    })
    this.trial.attributes.program('fence_homelab', `exec ${process.execPath} ${FENCE} "$@"`)
    let booting = false
    this.#supply = setInterval(() => {
      const powered = this.powered()
      if (!powered && this.#coordinator !== undefined) {
        void this.#coordinator.close()
        this.#coordinator = undefined
      } else if (powered && this.#coordinator === undefined && !booting) {
        booting = true
        setTimeout(async () => {
          this.#coordinator = await playZigbeeCoordinator({ host: '127.0.0.1', port })
          booting = false
        }, BOOT_MS)
      }
    }, 30)
  }

  static async make(finished: Finished, parameters: Readonly<Record<string, string>> = {}): Promise<House> {
    const poe = await playPoe()
    const coordinator = await playZigbeeCoordinator({ host: '127.0.0.1', port: 0 })
    const house = new House(poe, coordinator, parameters)
    finished(() => house.end())
    await house.connect()
    for (const node of ['n1', 'n2']) expect((await house.trial.act('start', node)).code).toBe(0)
    expect((await house.trial.monitor()).code).toBe(0)
    return house
  }

  powered(): boolean {
    return this.#poe.state().ports['1']?.admin === 1
  }

  offs(): number {
    return this.#poe.state().ports['1']?.offs ?? 0
  }

  async connect(): Promise<void> {
    this.#client?.close()
    this.#client = await playZigbeeClient({ host: '127.0.0.1', port: this.#port, everyMs: 100 })
  }

  /** Waits until the coordinator whose power came back listens, however busy this machine is. */
  async booted(): Promise<void> {
    await eventually(async () => expect(this.#coordinator).toBeDefined(), 20_000)
  }

  /** The radio hangs, and monitors run until just before it counts. */
  async hang(): Promise<void> {
    this.#coordinator?.hang()
    await this.trial.monitor()
    await this.trial.monitor()
    await pause(1000)
  }

  phase(node = 'n1'): string | undefined {
    return this.trial.attributes.value(`haha-recovery-${this.trial.name}`, node)?.split(';')[0]
  }

  /** As if a day had passed since the last recovery. */
  forget(): void {
    // Above every serial that the nodes hold themselves: the highest one is true.
    this.#forgotten += 1000
    for (const node of ['n1', 'n2', 'n3'])
      this.trial.attributes.set(`haha-recovery-${this.trial.name}`, node, `done;n1;${this.#forgotten};`)
    const file = `/run/resource-agents/haha/network-peripheral-${this.trial.instance('n1')}.json`
    const state: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (typeof state !== 'object' || state === null) throw new Error(`${file} holds no state`)
    writeFileSync(file, JSON.stringify({ ...state, cures: [], work: [] }))
  }

  async end(): Promise<void> {
    clearInterval(this.#supply)
    this.trial.end()
    this.#client?.close()
    await pause(BOOT_MS)
    await this.#coordinator?.close()
    await this.#poe.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

describe.concurrent('a hung radio', () => {
  test('is power-cycled through the switch, one step a monitor, and its service restarted', async ({
    onTestFinished,
  }) => {
    const stack = `np-stack-${process.pid}`
    const request = `/run/resource-agents/haha/requests/compose-stack-${stack}=zigbee2mqtt.json`
    onTestFinished(() => rmSync(request, { force: true }))
    const house = await House.make(onTestFinished, { recovery_service: `${stack}/zigbee2mqtt` })
    const offs = house.offs()
    await house.hang()
    expect(await house.trial.monitor()).toMatchObject({ code: 190, reason: expect.stringContaining('hangs') })
    expect([house.powered(), house.phase(), house.phase('n2')]).toEqual([false, 'dark', 'dark'])
    await house.trial.monitor()
    expect([house.powered(), house.phase(), house.phase('n2')]).toEqual([true, 'on', 'on'])
    expect(existsSync(request)).toBe(false)
    await house.booted()
    expect(await house.trial.monitor()).toMatchObject({ code: 190 })
    expect(readFileSync(request, 'utf8')).toContain('zigbee2mqtt')
    await house.connect()
    await eventually(async () => expect((await house.trial.monitor()).code).toBe(0), 10_000)
    expect([house.phase(), house.phase('n2'), house.offs() - offs]).toEqual(['done', 'done', 1])
    expect(house.trial.told('hung')).toBe('')
  })

  test('that hangs again is not cycled within the cooldown, and that is told', async ({ onTestFinished }) => {
    const house = await House.make(onTestFinished)
    await house.hang()
    const offs = house.offs()
    for (let count = 0; count < 2; count += 1) await house.trial.monitor()
    await house.booted()
    await house.connect()
    await eventually(async () => expect((await house.trial.monitor()).code).toBe(0), 10_000)
    await house.hang()
    await house.trial.monitor()
    expect(house.trial.told('no_recovery')).toContain('recovery_cooldown')
    expect([house.powered(), house.offs() - offs]).toEqual([true, 1])
  })

  test.for<[string, ClusterState]>([
    ['the cluster is in maintenance', { clusterMaintenance: true }],
    ['the resource is unmanaged', { managed: false }],
  ])('is left alone while %s', async ([, state], { onTestFinished }) => {
    const house = await House.make(onTestFinished)
    house.trial.attributes.tell('n1', house.trial.instance('n1'), state)
    const offs = house.offs()
    await house.hang()
    for (let count = 0; count < 2; count += 1)
      expect(await house.trial.monitor()).toMatchObject({ code: 190 })
    expect([house.powered(), house.offs() - offs, house.phase()]).toEqual([true, 0, undefined])
  })
})

describe.concurrent('power that was cut', () => {
  test('comes back by another node when the one that cut it is gone', async ({ onTestFinished }) => {
    const house = await House.make(onTestFinished)
    await house.hang()
    await house.trial.monitor()
    expect(house.powered()).toBe(false)
    house.trial.attributes.leave('n1')
    await house.trial.monitor('n2')
    await pause(5000)
    await house.trial.monitor('n2')
    expect(house.powered()).toBe(true)
  })

  test('comes back by a stop', async ({ onTestFinished }) => {
    const house = await House.make(onTestFinished)
    await house.hang()
    await house.trial.monitor()
    expect(house.powered()).toBe(false)
    expect((await house.trial.act('stop')).code).toBe(0)
    expect([house.powered(), house.phase('n2')]).toEqual([true, 'on'])
  })

  test('is on within two monitors, whenever the one that cut it was killed', { timeout: 600_000 }, async ({
    onTestFinished,
  }) => {
    const house = await House.make(onTestFinished, { recovery_limit: '20' })
    await house.hang()
    const { durationMs } = await house.trial.monitor()
    const times = FULL ? 50 : 4
    let killedWhileOff = 0
    for (let count = 0; count < times; count += 1) {
      await house.trial.monitor()
      await house.trial.monitor()
      expect(house.powered(), `killed ${count}`).toBe(true)
      // As if a day had passed: the limits have their own tests.
      house.forget()
      await house.booted()
      await house.connect()
      await house.trial.monitor()
      await house.hang()
      await house.trial.monitor('n1', { killAfterMs: (durationMs * (count + 1)) / (times + 1) })
      await pause(20)
      if (!house.powered()) killedWhileOff += 1
    }
    await house.trial.monitor()
    await house.trial.monitor()
    expect(house.powered()).toBe(true)
    if (FULL) expect(killedWhileOff).toBeGreaterThan(0)
  })
})

describe.concurrent('a switch that refuses', () => {
  test('because another device is on the port: nothing is cut, it is told, and it ends there', async ({
    onTestFinished,
  }) => {
    const house = await House.make(onTestFinished, { recovery_mac: 'a0:b7:65:00:00:99' })
    const offs = house.offs()
    await house.hang()
    expect(await house.trial.monitor()).toMatchObject({
      code: 190,
      stderr: expect.stringContaining('was not learnt on port 1'),
    })
    await house.trial.monitor()
    expect([house.powered(), house.offs() - offs, house.phase()]).toEqual([true, 0, 'failed'])
    await house.trial.monitor()
    expect(house.trial.told('recovery_failed')).toContain('did not help')
  })
})
