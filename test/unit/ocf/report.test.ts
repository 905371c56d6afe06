import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { readInvocation } from '../../../lib/ocf/invocation.ts'
import { openReport } from '../../../lib/ocf/report.ts'
import { sample } from '../metadata/sample-agent/definition.ts'

/** What these tests say on stderr stays out of the output of the tests. */
vi.mock(import('node:fs'), async original => {
  const real = await original()
  return { ...real, writeSync: () => 0 }
})

const path = process.env.PATH
let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'haha-report-'))
  process.env.PATH = `${folder}:${path}`
  process.env.OCF_RESKEY_password = 'hunter2'
})
afterEach(() => {
  process.env.PATH = path
  delete process.env.OCF_RESKEY_password
  rmSync(folder, { recursive: true })
})

const inFolder = (name: string) => join(folder, name)

function played(script: string): void {
  writeFileSync(inFolder('logger'), `#!/bin/sh\n${script}\n`)
  chmodSync(inFolder('logger'), 0o755)
}

function open(environment: Readonly<Record<string, string>>) {
  return openReport(readInvocation(sample, 'start', { OCF_RESOURCE_INSTANCE: 'p_stack', ...environment }))
}

describe('syslog', () => {
  const facility = { HA_LOGFACILITY: 'daemon' }

  test('gets every line with its level, through one logger for the whole action', async () => {
    played(`echo "$*" >> ${inFolder('runs')}; cat >> ${inFolder('lines')}`)
    const report = open(facility)
    report.warn('first')
    await new Promise(resolve => setTimeout(resolve, 100))
    report.info('two\nlines')
    report.error('third')
    report.debug('not without HA_debug')
    await report.flush()
    expect(readFileSync(inFolder('lines'), 'utf8')).toBe('<4>first\n<6>two lines\n<3>third\n')
    const tag = `sample(p_stack)[${process.pid}]`
    expect(readFileSync(inFolder('runs'), 'utf8')).toBe(`--tag ${tag} --prio-prefix --priority daemon.info\n`)
  })

  test('gets no secret: the logger is not given the environment of the agent', async () => {
    played(`env > ${inFolder('environment')}; cat > /dev/null`)
    const report = open(facility)
    report.warn('hello')
    await report.flush()
    expect(readFileSync(inFolder('environment'), 'utf8')).not.toContain('hunter2')
  })

  test.each([
    ['hangs', 'exec sleep 30', 1500],
    ['dies at once', 'exit 1', 1000],
    ['cannot be run', '\0', 1000],
  ])('a logger that %s holds nobody up', async (_, script, withinMs) => {
    played(script)
    const report = open(facility)
    const began = performance.now()
    for (let line = 0; line < 1000; line++) report.warn('x'.repeat(400))
    await report.flush()
    expect(performance.now() - began).toBeLessThan(withinMs)
  })

  test('without a facility no logger is run', async () => {
    played(`touch ${inFolder('runs')}`)
    const report = open({})
    report.warn('hello')
    await report.flush()
    expect(existsSync(inFolder('runs'))).toBe(false)
  })
})

describe('the log file', () => {
  test('gets a line for each, with time, agent, instance and level', () => {
    const report = open({ HA_LOGFILE: inFolder('log'), HA_debug: '1' })
    report.warn('one')
    report.debug('two\nlines')
    const stamp = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d sample\(p_stack\)\[\d+\]`
    expect(readFileSync(inFolder('log'), 'utf8')).toMatch(
      new RegExp(`^${stamp}: WARNING: one\n${stamp}: DEBUG: two lines\n$`),
    )
  })

  test.each(['/no/such/folder/log', '/proc/version', '/'])('%s cannot be written: nothing happens', file => {
    expect(() => open({ HA_LOGFILE: file }).warn('hello')).not.toThrow()
  })
})
