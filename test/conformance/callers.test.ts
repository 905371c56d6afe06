import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { ocfXml } from '../../metadata/ocf-xml.ts'
import { packageVersion } from '../../scripts/bundle.ts'
import { builtRecording } from './recording.ts'
import { definition } from './recording-agent/definition.ts'

const { bundle, make } = builtRecording()

describe('actions', () => {
  test.each(['promote', 'demote', 'migrate_to', 'migrate_from', 'status', 'Start', '', '$(reboot)\n'])(
    '%j is none of them: 3, and the reason lists them',
    async action => {
      expect(await make().act(action)).toMatchObject({
        code: 3,
        stdout: '',
        reason: expect.stringMatching(
          /^recording has no action '.*': start, stop, monitor, validate-all, reload-agent, meta-data$/,
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

test('on a host without the software a probe is 7 and a stop 0', async () => {
  const environment = { OCF_TESTER_FAIL_HAVE_BINARY: '1' }
  expect(await make().act('monitor', { environment })).toMatchObject({ code: 7, stderr: '' })
  expect(await make().act('stop', { environment })).toMatchObject({ code: 0, stderr: '' })
})
