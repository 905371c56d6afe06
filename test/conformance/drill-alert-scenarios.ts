import type { Scenario } from './alert-scenarios.ts'

const n1 = 'instance="n1"'
const drill = 'kind="move",resource="g_house"'

/** What drills tell, and when it is time for the next one; before the first minute is long ago. */
export const drillScenarios: readonly Scenario[] = [
  {
    what: 'the last drill failed',
    but: { [`haha_drill_success{${n1},${drill}}`]: '0x60' },
    at: 1,
    fires: ['HahaDrillFailed'],
  },
  {
    what: 'a drill failed, and went well when it was repeated from another node',
    but: {
      [`haha_drill_success{${n1},${drill}}`]: '0x60',
      [`haha_drill_last_run_timestamp_seconds{instance="n2",${drill}}`]: '-3600x60',
      [`haha_drill_success{instance="n2",${drill}}`]: '1x60',
    },
    at: 30,
    fires: [],
  },
  {
    what: 'nothing was rehearsed for 36 days',
    but: { [`haha_drill_last_run_timestamp_seconds{${n1},${drill}}`]: '-3110400x120' },
    at: 61,
    fires: ['HahaDrillOverdue'],
  },
  {
    what: 'the power was cut half a year ago, the stack moved yesterday',
    but: {
      [`haha_drill_last_run_timestamp_seconds{${n1},kind="cut-power",resource="g_house"}`]: '-15552000x120',
    },
    at: 61,
    fires: [],
  },
]
