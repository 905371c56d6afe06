import { describe, expect, test } from 'vitest'
import { readInvocation } from '../../../lib/ocf/invocation.ts'
import { sample } from '../metadata/sample-agent/definition.ts'

const read = (action: string, environment: Record<string, string>) =>
  readInvocation(sample, action, environment)

describe('Pacemaker', () => {
  const environment = {
    OCF_ROOT: '/usr/lib/ocf',
    OCF_RESOURCE_INSTANCE: 'p_stack',
    OCF_RESOURCE_TYPE: 'sample',
    OCF_RESOURCE_PROVIDER: 'haha',
    OCF_EXIT_REASON_PREFIX: 'ocf-exit-reason:',
    OCF_CHECK_LEVEL: '10',
    OCF_RESKEY_directory: '/mnt/iot',
    OCF_RESKEY_crm_feature_set: '3.16.2',
    OCF_RESKEY_CRM_meta_timeout: '90000',
    OCF_RESKEY_CRM_meta_interval: '20000',
    OCF_RESKEY_CRM_meta_on_node: 'node1',
    OCF_RESKEY_CRM_meta_name: 'monitor',
    HA_LOGFACILITY: 'daemon',
    HA_LOGFILE: '/var/log/pacemaker/pacemaker.log',
    HA_debug: '1',
  }

  test('names instance, node, time, depth and where to log', () => {
    expect(read('monitor', environment)).toMatchObject({
      agent: 'sample',
      instance: 'p_stack',
      node: 'node1',
      timeoutMs: 90_000,
      checkLevel: 10,
      isProbe: false,
      underPacemaker: true,
      debug: true,
      logFacility: 'daemon',
      logFile: '/var/log/pacemaker/pacemaker.log',
    })
  })

  test('hands over parameters; its own variables are none', () => {
    expect([...read('monitor', environment).parameters]).toEqual([['directory', '/mnt/iot']])
  })

  test.each(['0', ''])('probes with interval %j', interval => {
    expect(read('monitor', { ...environment, OCF_RESKEY_CRM_meta_interval: interval }).isProbe).toBe(true)
  })

  test('a start without an interval is no probe', () => {
    expect(read('start', { ...environment, OCF_RESKEY_CRM_meta_interval: '0' }).isProbe).toBe(false)
  })

  test.each(['', 'none', 'no such!'])('logs nowhere with facility %j', HA_LOGFACILITY => {
    expect(read('monitor', { ...environment, HA_LOGFACILITY }).logFacility).toBeUndefined()
  })

  test.each(['', '/dev/null', 'relative.log'])('writes no file %j', HA_LOGFILE => {
    expect(read('monitor', { ...environment, HA_LOGFILE }).logFile).toBeUndefined()
  })
})

describe('others leave things out', () => {
  test('ocf-tester: a timeout of 20 s, no feature set, so never 190', () => {
    const environment = { OCF_RESOURCE_INSTANCE: 't', OCF_RESKEY_CRM_meta_timeout: '20000' }
    expect(read('monitor', environment)).toMatchObject({
      instance: 't',
      timeoutMs: 20_000,
      isProbe: true,
      underPacemaker: false,
    })
  })

  test('crm ra validate: no instance and no timeout', () => {
    const { instance, timeoutMs, checkLevel } = read('validate-all', { OCF_ROOT: '/usr/lib/ocf' })
    const advised = sample.actions.find(action => action.name === 'validate-all')?.timeoutSeconds ?? 20
    expect({ instance, timeoutMs, checkLevel }).toEqual({
      instance: 'default',
      timeoutMs: advised * 1000,
      checkLevel: 0,
    })
  })

  test('crm_resource --force-check: instance test, and a monitor that looks like a probe', () => {
    const environment = { OCF_RESOURCE_INSTANCE: 'test', OCF_OUTPUT_FORMAT: 'text' }
    expect(read('monitor', environment)).toMatchObject({ instance: 'test', isProbe: true })
  })

  test('drbd-reactor: the advised timeout of the action', () => {
    const advised = sample.actions.find(action => action.name === 'stop')?.timeoutSeconds ?? 20
    const environment = { OCF_ROOT: '/usr/lib/ocf', OCF_RESOURCE_INSTANCE: 'p_iot' }
    expect(read('stop', environment)).toMatchObject({
      timeoutMs: advised * 1000,
      underPacemaker: false,
      node: undefined,
    })
  })
})

describe('hostile values', () => {
  test.each([
    ['../../etc/passwd', '..%2F..%2Fetc%2Fpasswd'],
    ['a b;$(reboot)', 'a%20b%3B%24%28reboot%29'],
    ['clone:0', 'clone:0'],
    ['küche', 'k%C3%BCche'],
    ['stack.durations', 'stack%2Edurations'],
    ['..', 'default'],
  ])('instance %j names files as %j', (OCF_RESOURCE_INSTANCE, instance) => {
    expect(read('monitor', { OCF_RESOURCE_INSTANCE }).instance).toBe(instance)
  })

  test('instances whose names differ never name the same files', () => {
    const odd = [
      'küche',
      'käche',
      'k_che',
      'k che',
      'k%C3%BCche',
      'k/che',
      "k'che",
      'k*che',
      'k%3Ache',
      'k:che',
    ]
    const long = ['a', 'b'].map(end => `${'x'.repeat(5000)}${end}`)
    const names = [...odd, ...long].map(name => read('monitor', { OCF_RESOURCE_INSTANCE: name }).instance)
    expect(new Set(names).size).toBe(odd.length + long.length)
    for (const name of names) expect(name).toMatch(/^[A-Za-z0-9_.:%~-]{1,100}$/)
  })

  test.each(['0', '-1', 'soon', '', '12s', '9'.repeat(40)])('timeout %j counts as not given', timeout => {
    expect(read('start', { OCF_RESKEY_CRM_meta_timeout: timeout }).timeoutMs).toBe(
      (sample.actions.find(action => action.name === 'start')?.timeoutSeconds ?? 20) * 1000,
    )
  })

  test('a timeout of months is one that a timer can wait for', () => {
    const { timeoutMs } = read('start', { OCF_RESKEY_CRM_meta_timeout: '9999999999' })
    expect(timeoutMs).toBeLessThan(2 ** 31)
    expect(timeoutMs).toBeGreaterThan(86_400_000)
  })

  test.each(['deep', '-10', '1.5'])('check level %j is 0', OCF_CHECK_LEVEL => {
    expect(read('monitor', { OCF_CHECK_LEVEL }).checkLevel).toBe(0)
  })
})
