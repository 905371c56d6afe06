import { closeSync, existsSync, fstatSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { metricsFolder } from '../../lib/metrics/textfile.ts'
import { type ActionResult, type ActionRun, runAction } from '../executor.ts'
import { judged, nodeWithMetrics } from './node-with-metrics.ts'
import { builtRecording, type Recording, recurring } from './recording.ts'

const { bundle, make } = builtRecording()

/** A resource on a node whose /etc/default asks for metrics; every action has its own view of the mounts. */
interface Measured {
  readonly one: Recording
  /** The operator's folder. */
  readonly directory: string
  act(action: string, more?: Partial<ActionRun>): Promise<ActionResult>
  /** The resource's file as node_exporter would read it; empty while there is none. */
  text(): string
  /** Waits until the file says so: the copy is not waited for by the action that begins it. */
  says(line: RegExp): Promise<void>
}

/** @param mounts a shell command that puts the folder `$directory` into its state */
function measured(mounts = 'true', value = '$directory'): Measured {
  const one = make()
  // Not inside the folder that the service's own look lists.
  const { directory, agent } = nodeWithMetrics(`${one.folder}-node`, bundle(), { mounts, value })
  const file = join(directory, `haha_recording_${one.instance}.prom`)
  const text = () => (existsSync(file) ? readFileSync(file, 'utf8') : '')
  return {
    one,
    directory,
    act: (action, more = {}) =>
      runAction(agent, {
        action,
        instance: one.instance,
        timeoutMs: 20_000,
        ...more,
        parameters: { directory: one.folder, ...more.parameters },
      }),
    text,
    says: line => expect.poll(text, { timeout: 30_000 }).toMatch(line),
  }
}

test('what start, monitor and stop leave is what promtool accepts, readable for everybody', async () => {
  const { one, directory, act, text, says } = measured()
  await act('monitor')
  await act('start')
  await says(/^haha_resource_active\{.*\} 1$/m)
  one.set('degraded')
  expect((await act('monitor', recurring)).code).toBe(190)
  await says(/^haha_resource_degraded\{.*reason="leg"\} 1$/m)
  expect(await judged(text())).toBe('')
  const which = `agent="recording",resource="${one.instance}"`
  expect(text()).toContain(`haha_resource_action_result{${which},action="probe",depth="0"} 7\n`)
  expect(text()).toContain(`haha_resource_action_result{${which},action="monitor",depth="0"} 190\n`)
  expect(text()).toContain(`haha_resource_action_interval_seconds{${which},action="monitor",depth="0"} 10\n`)
  expect((await act('stop')).code).toBe(0)
  await says(/^haha_resource_active\{.*\} 0$/m)
  expect(text()).toContain(`haha_resource_degraded_reasons{${which}} 0\n`)
  expect(await judged(text())).toBe('')
  const { stdout } = await execa('stat', ['-c', '%a %n', ...readdirSync(directory)], { cwd: directory })
  expect(stdout).toBe(`644 haha_recording_${one.instance}.prom`)
})

test('node_exporter never sees half a file, because a file that it can see is never written to', async () => {
  const { directory, act, says } = measured()
  const seen = new Map<string, Set<string>>()
  const watch = setInterval(() => {
    for (const name of readdirSync(directory)) if (name.endsWith('.prom')) look(join(directory, name), seen)
  }, 1)
  try {
    await act('start')
    for (let run = 0; run < 5; run++) await act('monitor', recurring)
    // On a slow disk a monitor leaves its figures to the next one.
    await says(/^haha_resource_actions_total\{.*action="monitor",depth="0",code="0"\} [1-5]$/m)
  } finally {
    clearInterval(watch)
    await act('stop')
  }
  expect(seen.size).toBeGreaterThan(0)
  for (const texts of seen.values()) {
    expect(texts.size).toBe(1)
    for (const text of texts) expect(text).toMatch(/\nhaha_resource_degraded_reasons\{[^\n]*\} 0\n$/)
  }
})

/** Notes what a file holds, by the file's own identity: a number alone is given to another one in time. */
function look(path: string, seen: Map<string, Set<string>>): void {
  const file = openSync(path, 'r')
  const { ino, birthtimeMs } = fstatSync(file)
  const identity = `${ino} ${birthtimeMs}`
  const texts = seen.get(identity) ?? new Set()
  seen.set(identity, texts.add(readFileSync(file, 'utf8')))
  closeSync(file)
}

test.each<[string, string, string, RegExp]>([
  ['is not there', 'true', '$directory/none', /cd to .*none/],
  [
    'is read-only',
    'mount --bind $directory $directory && mount -o remount,bind,ro $directory',
    '$directory',
    /Read-only/,
  ],
  [
    'is full',
    'mount -t tmpfs -o size=4k none $directory && head -c 4096 /dev/zero >$directory/full',
    '$directory',
    /No space left/,
  ],
  ['is no absolute path', 'true', 'prom', /not an absolute path/],
  [
    'never answers',
    'exec 3<>/dev/fuse && mount -i -t fuse -o fd=3,rootmode=40000,user_id=0,group_id=0 none $directory',
    '$directory',
    /not on a disk of this node/,
  ],
])('a folder that %s changes no result and is said once', async (_, mounts, value, why) => {
  const { one, act } = measured(mounts, value)
  const said = [await act('start')]
  for (let run = 0; run < 3; run++) said.push(await act('monitor', recurring))
  one.set('failed')
  said.push(await act('monitor', recurring))
  one.unset('failed')
  said.push(await act('stop'))
  expect(said.map(({ code }) => code)).toEqual([0, 0, 0, 0, 1, 0])
  const lines = said.flatMap(({ stderr }) => stderr.match(/^WARNING: .*METRICS|^WARNING: metrics.*$/gm) ?? [])
  expect(lines).toHaveLength(1)
  expect(said.map(({ stderr }) => stderr).join('')).toMatch(why)
})

test('a disk that hangs holds no action up, and has the last word once it answers', async () => {
  const { one, directory, act, says } = measured()
  const image = join(one.folder, 'image')
  await execa('truncate', ['-s', '16M', image])
  await execa('mkfs.ext4', ['-q', '-F', image])
  await execa('mount', ['-o', 'loop', image, directory])
  const thaw = () => execa('fsfreeze', ['--unfreeze', directory], { reject: false })
  try {
    await execa('fsfreeze', ['--freeze', directory])
    const ended = [await act('start'), await act('monitor', recurring), await act('monitor', recurring)]
    ended.push(await act('stop'))
    expect(ended.map(({ code, timedOut }) => ({ code, timedOut }))).toEqual(
      ended.map(() => ({ code: 0, timedOut: false })),
    )
    expect(readdirSync(directory).filter(name => name.endsWith('.prom'))).toEqual([])
    await thaw()
    await says(/^haha_resource_active\{.*\} 0$/m)
  } finally {
    await thaw()
    await execa('umount', ['--lazy', directory])
  }
})

test('what was written before this boot goes, what others wrote stays', async () => {
  const { directory, act, says } = measured()
  const write = (name: string) => writeFileSync(join(directory, name), '')
  for (const name of ['haha_recording_before.prom', 'haha_drill.prom', 'smartmon.prom']) write(name)
  await act('monitor')
  await says(/haha_resource_active/)
  const theirs = readdirSync(directory).filter(name => !name.includes('_p_'))
  expect(theirs.sort()).toEqual(['haha_drill.prom', 'smartmon.prom'])
})

test('callers other than Pacemaker, and a node that asks for none, leave no metrics', async () => {
  const { one, directory, act } = measured()
  await act('monitor', { environment: { OCF_RESKEY_crm_feature_set: '' } })
  await one.act('monitor')
  expect(readdirSync(directory)).toEqual([])
  const left = existsSync(metricsFolder) ? readdirSync(metricsFolder) : []
  expect(left.filter(name => name.includes(one.instance))).toEqual([])
})
