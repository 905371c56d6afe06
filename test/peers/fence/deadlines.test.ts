import { createServer } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { playProxmox } from '../players/proxmox.ts'
import { playTasmota } from '../players/tasmota.ts'
import { bundleFenceHomelab, runAgent } from './bundle.ts'
import type { Subject, SubjectKind } from './subjects.ts'
import { closeSubjects, kinds } from './subjects.ts'

let bundle: Awaited<ReturnType<typeof bundleFenceHomelab>>

beforeAll(async () => {
  bundle = await bundleFenceHomelab()
})
afterAll(async () => {
  bundle?.remove()
  await closeSubjects()
})

async function played<T>(kind: SubjectKind, act: (subject: Subject) => Promise<T>): Promise<T> {
  const subject = await kind.make()
  try {
    return await act(subject)
  } finally {
    await subject.close()
  }
}

const apis = kinds.filter(({ driver }) => driver === 'proxmox' || driver === 'redfish')

test.concurrent('with the defaults every hung device fails off within 20 s, and monitor within 10 s', async () => {
  const runs = kinds.flatMap(kind =>
    (['off', 'monitor'] as const).map(action =>
      played(kind, async subject => {
        subject.fault({ kind: 'hang', afterBytes: -1 })
        const run = await runAgent(bundle.path, { ...subject.options, action })
        const limitMs = action === 'off' ? 20_000 : 10_000
        return {
          driver: kind.driver,
          action,
          code: run.code,
          inTime: run.ms < limitMs,
          cut: subject.truth().cuts,
        }
      }),
    ),
  )
  for (const seen of await Promise.all(runs)) expect(seen).toMatchObject({ code: 1, inTime: true, cut: 0 })
})

test.concurrent('an API that refuses, fails or hangs is given up within 8 s, so that the next level can act', async () => {
  const faults = [
    { kind: 'refuse' },
    { kind: 'status', status: 500 },
    { kind: 'hang', afterBytes: -1 },
  ] as const
  const runs = apis.flatMap(kind =>
    faults.map(fault =>
      played(kind, async subject => {
        subject.fault(fault)
        const { code, ms } = await runAgent(bundle.path, { ...subject.options, action: 'off' })
        return { driver: kind.driver, fault: fault.kind, code, inTime: ms < 8000 }
      }),
    ),
  )
  for (const seen of await Promise.all(runs)) expect(seen).toMatchObject({ code: 1, inTime: true })
})

test('off on a healthy device is done and read back within a second', async () => {
  for (const kind of kinds)
    await played(kind, async subject => {
      const { code, ms } = await runAgent(bundle.path, { ...subject.options, action: 'off' })
      expect({ driver: kind.driver, code, inTime: ms < 1000 }).toEqual({
        driver: kind.driver,
        code: 0,
        inTime: true,
      })
    })
})

test.concurrent('a device that vanishes for good after its confirmed off: reboot exits 0 well before the kill', async () => {
  const runs = kinds.map(kind =>
    played(kind, async subject => {
      subject.refuseOn()
      const timer = setInterval(() => {
        if (subject.truth().offReadBack === 0) return
        clearInterval(timer)
        // What is still asked before the dark time (a meter) may be lost with it.
        setTimeout(() => subject.fault({ kind: 'hang', afterBytes: -1 }), 300)
      }, 5)
      const { code, ms } = await runAgent(bundle.path, { ...subject.options, action: 'reboot' })
      clearInterval(timer)
      return { driver: kind.driver, code, inTime: ms < 40_000, cuts: subject.truth().cuts }
    }),
  )
  for (const seen of await Promise.all(runs)) expect(seen).toMatchObject({ code: 0, inTime: true, cuts: 1 })
})

test('delay is waited before anything is sent, for off and not for status', async () => {
  const player = await playTasmota()
  const options = { driver: 'tasmota', ip: '127.0.0.1', ipport: player.http.port, plug: 1, delay: 1 }
  const status = await runAgent(bundle.path, { ...options, action: 'status' })
  expect(status).toMatchObject({ code: 0 })
  expect(status.ms).toBeLessThan(1000)
  player.http.requests.length = 0
  const off = runAgent(bundle.path, { ...options, action: 'off' })
  await new Promise(resolve => setTimeout(resolve, 800))
  expect(player.http.requests).toEqual([])
  expect(await off).toMatchObject({ code: 0 })
  await player.http.close()
})

const token = { username: 'fence@pve!ha', password: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee' }

async function withProxmox(
  act: (
    player: Awaited<ReturnType<typeof playProxmox>>,
    run: (more: object) => ReturnType<typeof runAgent>,
  ) => Promise<void>,
) {
  const player = await playProxmox(token)
  const options = {
    driver: 'proxmox',
    ssl: 0,
    ip: '127.0.0.1',
    ipport: player.http.port,
    ...token,
    plug: 'node1',
  }
  try {
    await act(player, more => runAgent(bundle.path, { ...options, action: 'off', ...more }))
  } finally {
    await player.http.close()
  }
}

test('proxmox: a guest whose host is offline is not off, and fails within 8 s with the host named', () =>
  withProxmox(async (player, run) => {
    player.hostOffline = true
    const result = await run({})
    expect(result).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('host pve1 of guest 100 is offline'),
    })
    expect(result.ms).toBeLessThan(8000)
  }))

test.each(['backup', 'snapshot', 'migrate'])('proxmox: a guest locked by %s is refused at once', lock =>
  withProxmox(async (player, run) => {
    player.lock = lock
    const result = await run({})
    expect(result).toMatchObject({ code: 1, stderr: expect.stringContaining(`locked (${lock})`) })
    expect(result.ms).toBeLessThan(2000)
    expect(await run({ action: 'monitor', strict: 1 })).toMatchObject({ code: 1 })
  }),
)

test('proxmox: a guest under HA is refused at once, because a stop would only be queued', () =>
  withProxmox(async (player, run) => {
    player.haManaged = true
    const result = await run({})
    expect(result).toMatchObject({ code: 1, stderr: expect.stringContaining('under Proxmox HA') })
    expect(result.ms).toBeLessThan(2000)
  }))

test('proxmox: a task that fails is not a success, and its words are told', () =>
  withProxmox(async (player, run) => {
    player.taskResult = 'got timeout'
    expect(await run({})).toMatchObject({ code: 1, stderr: expect.stringContaining('got timeout') })
  }))

test('proxmox: a guest that migrated is found where it is now, and a missing one is not off', () =>
  withProxmox(async (player, run) => {
    player.node = 'pve2'
    expect(await run({})).toMatchObject({ code: 0 })
    expect(await run({ plug: 'gone' })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("no plug 'gone'"),
    })
    expect(await run({ plug: 'gone', missing_as_off: 1 })).toMatchObject({ code: 1 })
  }))

test('proxmox: containers, and logins by password', async () => {
  const player = await playProxmox({ username: 'root@pam', password: 'hunter2-pve' })
  const login = { username: 'root@pam', password: 'hunter2-pve', verbose: 1 }
  const options = {
    driver: 'proxmox',
    ssl: 0,
    ip: '127.0.0.1',
    ipport: player.http.port,
    ...login,
    plug: 101,
  }
  const off = await runAgent(bundle.path, { ...options, action: 'off' })
  expect(off).toMatchObject({ code: 0, stdout: 'Success: Powered OFF\n' })
  expect(off.stderr).not.toMatch(/hunter2|PVE:root|played-csrf/)
  expect(player.outlets[1]).toMatchObject({ on: false })
  await player.http.close()
})

test('proxmox: a dark API host is passed over for the next one', async () => {
  const player = await playProxmox(token)
  const dark = createServer(() => {})
  await new Promise<void>(resolve => dark.listen(player.http.port, '127.0.0.2', resolve))
  const options = {
    driver: 'proxmox',
    ssl: 0,
    ip: '127.0.0.2,127.0.0.1',
    ipport: player.http.port,
    ...token,
    plug: 100,
  }
  const run = await runAgent(bundle.path, { ...options, action: 'off' })
  expect(run).toMatchObject({ code: 0 })
  expect(run.ms).toBeLessThan(8000)
  dark.close()
  await player.http.close()
})
