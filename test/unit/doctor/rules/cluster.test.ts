import { describe, expect, test } from 'vitest'
import type { ActionAdvice } from '../../../../lib/ocf/definition.ts'
import { judge, rules } from '../../../../scripts/doctor/catalogue.ts'
import { readClusterStatus } from '../../../../scripts/doctor/crm-mon.ts'
import type { Rule } from '../../../../scripts/doctor/finding.ts'
import type { Observation } from '../../../../scripts/doctor/observation.ts'
import { readFencingLog } from '../../../../scripts/doctor/sources/fencing-memory.ts'
import { readCib } from '../../../../scripts/pacemaker/read-cib.ts'
import { captured } from '../captured.ts'
import { captured as capturedText } from '../captured-text.ts'

const advised: readonly ActionAdvice[] = [
  { name: 'start', timeoutSeconds: 300 },
  { name: 'stop', timeoutSeconds: 120 },
  { name: 'monitor', timeoutSeconds: 30, intervalSeconds: 20, depth: 0 },
  { name: 'monitor', timeoutSeconds: 45, intervalSeconds: 60, depth: 10 },
]
const advice = { 'compose-stack': advised }
const well: Observation = { ...captured('well'), advice }
const broken: Observation = { ...captured('broken'), advice }

function rule(id: string): Rule {
  const found = rules.find(candidate => candidate.id === id)
  if (found === undefined) throw new Error(`no rule ${id}`)
  return found
}
const lines = (id: string, seen: Observation) =>
  rule(id)
    .check(seen)
    .map(({ severity, seen: line }) => `${severity}: ${line}`)

/** The captured text with one thing changed. @throws when that is not in it */
function changed(text: string, from: string | RegExp, to: string): string {
  const result = text.replace(from, to)
  if (result === text) throw new Error(`${from} is not in the captured text`)
  return result
}
const withCib = (from: string | RegExp, to: string): Observation => ({
  ...well,
  cib: readCib(changed(capturedText('well', 'cib.xml'), from, to)),
})
const withStatus = (from: string | RegExp, to: string): Observation => ({
  ...well,
  status: readClusterStatus(changed(capturedText('well', 'crm_mon.xml'), from, to)),
})

test('a cluster that is well, and has fenced each node, has no findings', () => {
  expect(judge(well)).toEqual({ findings: [], gaps: [] })
})

test('crm_mon of Pacemaker 3.0 tells the same of the same cluster', () => {
  const { fencings: _, version, ...newer } = readClusterStatus(capturedText('pacemaker-3', 'crm_mon.xml'))
  expect(well.status).toMatchObject(newer)
  expect(version).toBe(well.status?.version)
})

test.each([
  ['stonith-disabled', ['critical: stonith-enabled is false: no node is ever fenced']],
  ['stonith-absent', ['critical: no fencing device is for n3']],
  ['timeout-measured', ['warning: start of p_stack took 12.1 s on n1, and is given timeout=5s']],
  [
    'timeout-advised',
    [
      'warning: start of p_stack has timeout=5s; its agent advises 5min',
      'warning: stop of p_stack has timeout=5s; its agent advises 2min',
    ],
  ],
  [
    'monitor-missing',
    [
      'warning: p_vip (ocf:heartbeat:IPaddr2) has no recurring monitor',
      'warning: p_state has no recurring monitor for the role Promoted',
    ],
  ],
  ['monitor-interval', ['warning: p_stack has two monitors with interval=20s']],
  [
    'monitor-depth',
    ['warning: the monitor of p_stack with interval=90s has depth=10 and no OCF_CHECK_LEVEL'],
  ],
  ['restart-policy', ['critical: run_opts of p_old has --restart=unless-stopped']],
  ['peripheral-rule', ['critical: rule -INFINITY of l_all bans g_house wherever radio not_defined']],
  [
    'clone-on-arbiter',
    ['warning: c_radio (ocf:haha:network-peripheral) runs on n3, where no service may run'],
  ],
  ['secret-readable', ['notice: password of fence-n2 stands in the configuration']],
  ['maintenance-on', ['notice: p_old is unmanaged', 'notice: p_state is unmanaged']],
] as const)('%s sees what was broken', (id, expected) => {
  const durations = well.durations
  expect(lines(id, { ...broken, durations })).toEqual(expected)
})

test('no finding shows a password', () => {
  expect(JSON.stringify(judge(broken))).not.toContain('do-not-print-me')
})

describe('the commands', () => {
  test('say how to give an action more time', () => {
    expect(rule('timeout-advised').check(broken)[1]).toMatchObject({
      crmsh: 'crm configure set p_stack.stop.timeout 120s',
      pcs: 'pcs resource update p_stack op stop interval=0s timeout=120s',
    })
  })

  test('take the second of two equal monitors away by its own id, because pcs finds none of two', () => {
    expect(rule('monitor-interval').check(broken)[0]?.pcs).toBe(
      'pcs resource op delete twice && pcs resource op add p_stack monitor interval=21s timeout=30s --force',
    )
  })

  test('name one of several monitors by the id that crmsh gave it', () => {
    const short = withCib(/(name="monitor" interval="60s" timeout=)"45s"/, '$1"9s"')
    expect(rule('timeout-advised').check(short)[0]?.crmsh).toBe(
      'crm configure set p_stack.monitor.60s.timeout 45s',
    )
  })
})

describe('fencing', () => {
  test('that nobody ever tried is warned of', () => {
    const never = withStatus(/<fence_history>.*<\/fence_history>/s, '')
    expect(lines('stonith-untested', never)).toEqual([
      'warning: no other node has been fenced as far as n1 remembers',
    ])
  })

  test('that was not tried for one node is noticed', () => {
    expect(
      lines('stonith-untested', withStatus(/<fence_event action="reboot" target="n2"[^>]*>/, '')),
    ).toEqual(['notice: n2 has not been fenced as far as n1 remembers'])
  })

  describe('on a node that was itself fenced, the last of three, and whose fencer was told of none of it', () => {
    const returned = captured('returned')

    test('is remembered by the log, which was not lost with the fencer', () => {
      expect(returned.status?.fencings).toEqual([])
      expect(lines('stonith-untested', returned)).toEqual([])
    })

    test('is never said not to have been fenced itself, which only the others saw', () => {
      const forgotten = { ...returned, fencingMemory: undefined }
      expect(lines('stonith-untested', forgotten)).toEqual([
        'warning: no other node has been fenced as far as n1 remembers',
      ])
      expect(rule('stonith-untested').check(forgotten)[0]?.crmsh).toContain('crm node fence n2')
    })

    test('is told with the time since when it would be known', () => {
      const [first = ''] = capturedText('returned', 'pacemaker-log.txt').split('\n')
      const memory = readFencingLog(first, '', Date.UTC(2026, 10, 22, 12))
      expect(memory).toEqual({ fenced: [], sinceMs: new Date(2026, 10, 22, 4, 8, 12).getTime() })
      expect(lines('stonith-untested', { ...returned, fencingMemory: memory })[0]).toMatch(
        /^warning: no other node has been fenced since 2026-11-2\d \d\d:\d\d UTC, as far as n1 remembers$/,
      )
    })

    test('what its log has of December is of last year when the next one has begun', () => {
      const log = 'Dec 30 01:00:00 n1 pacemakerd          [133] (main) \tnotice: Starting'
      const { sinceMs } = readFencingLog(log, '', Date.UTC(2027, 0, 3))
      expect(sinceMs).toBe(new Date(2026, 11, 30, 1).getTime())
    })
  })

  test('that somebody confirmed by hand proves nothing', () => {
    const confirmed = withStatus(/(target="n2"[^>]* delegate=)"n3"/, '$1"a human"')
    expect(lines('stonith-untested', confirmed)).toHaveLength(1)
    const log = changed(
      capturedText('returned', 'pacemaker-log.txt'),
      /targeting n2 by n1/,
      'targeting n2 by a human',
    )
    expect(readFencingLog(log, log, Date.UTC(2026, 10, 22, 12)).fenced).toEqual(['n3'])
  })

  test('that failed the last time is critical', () => {
    const failed = withStatus(/(target="n3" client="pacemaker-controld[^>]*status=)"success"/, '$1"failed"')
    expect(lines('stonith-untested', failed)).toEqual(['critical: the last fencing of n3 failed'])
  })

  test('whose history the fencer did not tell is a gap, and no finding', () => {
    const silent = withStatus('<fence_history>', '<fence_history status="107">')
    expect(silent.status?.fencings).toBeUndefined()
    expect(lines('stonith-untested', silent)).toEqual([])
  })

  test('by a device that finds out by itself whom it fences covers everybody', () => {
    expect(
      lines(
        'stonith-absent',
        withCib('<nvpair name="pcmk_host_map" value="n3:1"', '<nvpair name="x" value="y"'),
      ),
    ).toEqual([])
  })
})

describe('a container that Docker would start by itself', () => {
  const armed = well.containers.map(container => ({ ...container, policy: 'always' }))
  test('is critical where the stack runs', () =>
    expect(lines('restart-policy', { ...well, containers: armed })).toEqual([
      'critical: stack-extra-1, stack-app-1, stack-esp-1 of p_stack have restart policy always on n1',
    ]))
  test('is critical on a standby, and said to be one', () =>
    expect(lines('restart-policy', { ...well, node: 'n2', containers: armed })[0]).toContain(
      'on n2, where it does not run',
    ))
  test('is no matter when it belongs to no resource', () =>
    expect(
      lines('restart-policy', { ...well, containers: armed.map(one => ({ ...one, project: 'nas' })) }),
    ).toEqual([]))
})

describe('a clone on the arbiter', () => {
  const onArbiter = withStatus(/(<resource id="p_radio"[^>]*>\s*<node name=)"n2"/, '$1"n3"')
  test('is told', () =>
    expect(lines('clone-on-arbiter', onArbiter)).toEqual([
      'warning: c_radio (ocf:haha:network-peripheral) runs on n3, where no service may run',
    ]))
  test('is none where services may run', () => {
    const cib = readCib(
      changed(
        capturedText('well', 'cib.xml'),
        'id="l_arbiter" rsc="g_house" score="-INFINITY"',
        'id="l_arbiter" rsc="g_house" score="-50"',
      ),
    )
    expect(lines('clone-on-arbiter', { ...onArbiter, cib })).toEqual([])
  })
})

describe('times', () => {
  test('that a node recorded count beside those in the CIB, whichever is longer', () => {
    const durations = [
      { name: 'compose-stack-p_stack', action: 'stop', longestMs: 130_000, timeoutMs: 120_000 },
    ]
    expect(lines('timeout-measured', { ...well, durations })).toEqual([
      'critical: stop of p_stack took 130.0 s on n1, and is given timeout=2min',
    ])
  })

  test('of a monitor are those of the monitor with that interval', () => {
    const slow = withCib(/(operation_key="p_stack_monitor_60000"[^>]*exec-time=)"\d+"/, '$1"44000"')
    expect(lines('timeout-measured', slow)).toEqual([
      'warning: monitor of p_stack took 44.0 s on n1, and is given timeout=45s',
    ])
  })

  test.each([
    ['that fails, which is tried twice', '1', '18400', []],
    ['that fails because it is cut off', '1', '20000', ['20.0']],
    ['that succeeds', '0', '18400', ['18.4']],
  ])('of a fencing device %s', (_what, code, took, told) => {
    const cib = capturedText('broken', 'cib.xml').replaceAll(
      /(operation_key="fence-n1_start_0"[^>]*rc-code=)"1"([^>]*exec-time=)"\d+"/g,
      `$1"${code}"$2"${took}"`,
    )
    const found = lines('timeout-measured', { ...broken, durations: [], cib: readCib(cib) })
    expect(found.filter(line => line.includes('fence-n1'))).toEqual(
      told.map(seconds => expect.stringContaining(`start of fence-n1 took ${seconds} s`)),
    )
  })

  test('that nothing is said of are what op_defaults says', () => {
    const common = withCib(
      /<op name="stop" timeout="120s" interval="0" id="p_stack-stop-0"\/>([\s\S]*)<\/configuration>/,
      '$1<op_defaults><meta_attributes id="o"><nvpair id="p" name="timeout" value="60s"/></meta_attributes></op_defaults></configuration>',
    )
    expect(lines('timeout-advised', common)).toEqual([
      'warning: stop of p_stack has 1min of op_defaults; its agent advises 2min',
    ])
  })
})

test('a rule of -INFINITY on the value of our own attribute is warned of, a finite one is well', () => {
  expect(lines('peripheral-rule', withCib('rule score="-1000"', 'rule score="-INFINITY"'))).toEqual([
    'warning: rule -INFINITY of l_radio bans g_house wherever radio lt 1',
  ])
})

test('maintenance mode is noticed once for all', () => {
  expect(lines('maintenance-on', withStatus('maintenance-mode="false"', 'maintenance-mode="true"'))).toEqual([
    'notice: the whole cluster is in maintenance mode',
  ])
})
