import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { captured } from '../unit/doctor/captured-text.ts'

const DOCTOR = join(import.meta.dirname, '../../dist/sbin/haha-doctor')

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'haha-doctor-'))
  chmodSync(folder, 0o755)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Puts a tool of the cluster in the place of the real one. */
function play(tool: string, script: string): void {
  writeFileSync(join(folder, tool), `#!/bin/sh\n${script}\n`)
  chmodSync(join(folder, tool), 0o755)
}

/** Plays a tool that prints what a real one printed. */
function playText(tool: string, text: string): void {
  writeFileSync(join(folder, `${tool}.text`), text)
  play(tool, `cat ${join(folder, `${tool}.text`)}`)
}

function doctor(args: readonly string[] = [], uid = 0) {
  const { status, stdout, stderr } = spawnSync(DOCTOR, args, {
    env: { PATH: `${folder}:/usr/sbin:/usr/bin:/sbin:/bin` },
    cwd: '/',
    uid,
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { status, stdout, stderr }
}

test('without a cluster it says so, tells what it sees of the node, and ends with 3', () => {
  play('crm_mon', 'echo "crm_mon: Error: cluster is not available on this node" >&2; exit 102')
  play('cibadmin', 'echo "Could not connect to the CIB: Transport endpoint is not connected" >&2; exit 102')
  const { status, stdout, stderr } = doctor()
  expect({ status, stderr }).toEqual({ status: 3, stderr: '' })
  expect(stdout).toContain(
    'could not look at the configuration of the cluster: cibadmin answers 102: Could not connect to the CIB',
  )
  expect(stdout).toMatch(/haha-doctor on \S+: .*; the cluster could not be looked at; /)
})

test('a tool that hangs is told, and the others are listened to', () => {
  play('crm_mon', 'exec sleep 600')
  playText('cibadmin', captured('broken', 'cib.xml'))
  const { status, stdout } = doctor()
  expect(status).toBe(2)
  expect(stdout).toContain('could not look at the state of the cluster: crm_mon gave no answer within')
  expect(stdout).toContain('CRITICAL stonith-disabled')
})

test.each([
  ['that is cut off', captured('well', 'cib.xml').slice(0, 3000)],
  ['of another program', '<html><body>Not here</body></html>'],
  ['of random bytes', 'q\u0000\u0007<<<>>>&&&"'],
])('a CIB %s is a gap and nothing worse', (_, text) => {
  playText('crm_mon', captured('well', 'crm_mon.xml'))
  playText('cibadmin', text)
  const { status, stdout, stderr } = doctor(['--json'])
  expect({ status, stderr }).toEqual({ status: expect.toBeOneOf([0, 1, 2]), stderr: '' })
  const { gaps } = Object(JSON.parse(stdout))
  expect(gaps).toContainEqual({ what: 'the configuration of the cluster', why: expect.any(String) })
})

test('somebody without rights is told what he could not look at', () => {
  play('crm_mon', 'echo "crm_mon: Connection to cluster failed: Permission denied" >&2; exit 4')
  play('cibadmin', 'echo "Call failed: Permission denied" >&2; exit 4')
  const { status, stdout } = doctor([], 65534)
  expect(status).toBe(3)
  expect(stdout).toContain('cibadmin answers 4: Call failed: Permission denied')
  expect(stdout).toContain('could not look at everything that only root may see: run it as root')
})

test('a model is looked for where systemd says that the server of a unit has it', () => {
  playText('crm_mon', captured('voice', 'crm_mon.xml'))
  playText('cibadmin', captured('voice', 'cib-systemd.xml'))
  const models = join(folder, 'models')
  const unit = captured('voice', 'unit.txt').replace('Environment=', `Environment=OLLAMA_MODELS=${models} `)
  playText('systemctl', unit)
  const absent = () => doctor().stdout.includes(`model tiny:latest of p_voice is not in ${models} of `)
  expect(absent()).toBe(true)
  mkdirSync(join(models, 'manifests/registry.ollama.ai/library/tiny'), { recursive: true })
  writeFileSync(join(models, 'manifests/registry.ollama.ai/library/tiny/latest'), '{}')
  expect(absent()).toBe(false)
})

test('an option that is not known is refused with the usage', () => {
  const { status, stdout, stderr } = doctor(['--cure'])
  expect({ status, stdout }).toEqual({ status: 64, stdout: '' })
  expect(stderr).toMatch(/^haha-doctor: --cure: no such option\nUsage: haha-doctor/)
})
