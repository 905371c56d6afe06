import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { ocfXml } from '../../metadata/ocf-xml.ts'
import { packageVersion } from '../../scripts/bundle.ts'
import { builtReference, recurring } from './reference.ts'
import { definition } from './reference-agent/definition.ts'

const { bundle, make } = builtReference()

describe('actions', () => {
  test.each(['promote', 'demote', 'migrate_to', 'migrate_from', 'status', 'Start', '', '$(reboot)\n'])(
    '%j is none of them: 3, and the reason lists them',
    async action => {
      expect(await make().act(action)).toMatchObject({
        code: 3,
        stdout: '',
        reason: expect.stringMatching(
          /^reference has no action '.*': start, stop, monitor, validate-all, reload-agent, meta-data$/,
        ),
      })
    },
  )

  test('notify is 0, also without a single parameter', async () => {
    const result = await make().act('notify', { environment: { OCF_RESKEY_directory: '' } })
    expect(result).toMatchObject({ code: 0, stdout: '', stderr: '' })
  })

  test('meta-data needs no environment and no rights, and is the document of the definition', () => {
    const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups', '--no-new-privs']
    const { status, stdout, stderr } = spawnSync('/usr/bin/setpriv', [...nobody, bundle(), 'meta-data'], {
      env: {},
      cwd: '/',
      encoding: 'utf8',
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toBe(ocfXml(definition, packageVersion()))
  })
})

describe('callers that leave things out', () => {
  const silent = {
    OCF_RA_VERSION_MAJOR: '',
    OCF_RA_VERSION_MINOR: '',
    OCF_RESOURCE_TYPE: '',
    OCF_RESOURCE_PROVIDER: '',
    OCF_EXIT_REASON_PREFIX: '',
    OCF_RESKEY_crm_feature_set: '',
    OCF_RESKEY_CRM_meta_timeout: '',
    OCF_RESKEY_CRM_meta_on_node: '',
    OCF_RESKEY_CRM_meta_on_node_uuid: '',
    HA_debug: '',
    PATH: '',
  }

  test('drbd-reactor: a whole life with nothing but instance and parameters', async () => {
    const one = make()
    const codes: number[] = []
    for (const action of ['monitor', 'start', 'monitor', 'stop', 'monitor'])
      codes.push((await one.act(action, { environment: silent })).code)
    expect(codes).toEqual([7, 0, 0, 0, 7])
  })

  test('crm ra validate: lines that it sorts by severity, and no instance', async () => {
    const one = make()
    const environment = { ...silent, OCF_RESOURCE_INSTANCE: '' }
    const validate = (parameters: Readonly<Record<string, string>>) =>
      one.act('validate-all', { environment, parameters })
    expect(await validate({})).toMatchObject({ code: 0, stderr: '' })
    const { code, stderr } = await validate({ weight: 'much', colour: 'red' })
    const error = "weight: 'much' is not a whole number from 0 to 10 (example: weight=5)"
    expect(code).toBe(6)
    expect(stderr).toBe(`ERROR: ${error}\nocf-exit-reason:${error}\n`)
  })

  test('crm_resource --force-check: a monitor of instance test looks like a probe', async () => {
    const one = make()
    const environment = { ...silent, OCF_RESOURCE_INSTANCE: 'test', OCF_OUTPUT_FORMAT: 'text' }
    expect((await one.act('monitor', { environment })).code).toBe(7)
  })
})

describe('a host without the software', () => {
  const environment = { OCF_TESTER_FAIL_HAVE_BINARY: '1' }

  test('probe 7, stop 0, start 5 with the package that has it', async () => {
    const one = make()
    expect(await one.act('monitor', { environment })).toMatchObject({ code: 7, stderr: '' })
    expect(await one.act('stop', { environment })).toMatchObject({ code: 0, stderr: '' })
    expect(await one.act('start', { environment })).toMatchObject({
      code: 5,
      reason: 'sleep is not installed on this node: apt install coreutils',
    })
    expect(one.running()).toEqual([])
  })
})

describe('ocf-tester', () => {
  test('finds nothing wrong', () => {
    const one = make()
    const { status, stdout } = spawnSync(
      'ocf-tester',
      ['-n', one.instance, '-o', `directory=${one.folder}`, bundle()],
      { cwd: '/', encoding: 'utf8', timeout: 60_000, stdio: ['ignore', 'pipe', 'pipe'] },
    )
    expect(stdout).toContain('passed all tests')
    expect(stdout).not.toMatch(/ERROR|failed/i)
    expect(status).toBe(0)
    expect(one.running()).toEqual([])
  })
})

test('a recurring monitor of Pacemaker may answer 190, with what is degraded told once', async () => {
  const one = make()
  await one.act('start')
  one.set('degraded')
  const first = await one.act('monitor', recurring)
  const second = await one.act('monitor', recurring)
  expect([first.code, second.code]).toEqual([190, 190])
  expect(first.stderr).toContain('WARNING: degraded: one of its two legs is gone')
  expect(second.stderr).toBe('ocf-exit-reason:one of its two legs is gone\n')
  one.unset('degraded')
  const third = await one.act('monitor', recurring)
  expect(third.code).toBe(0)
  expect(third.stderr).toContain('INFO: no longer degraded: one of its two legs is gone')
  expect((await one.act('monitor', recurring)).stderr).toBe('')
})
