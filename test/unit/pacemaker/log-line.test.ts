import { expect, test } from 'vitest'
import { readPacemakerLine } from '../../../scripts/pacemaker/log-line.ts'

const read = (text: string) => readPacemakerLine(text, 2026)

test('a lost and a returned node are told with their time', () => {
  const line =
    'Nov 21 08:00:03.250 n3 pacemaker-controld  [85] (update_peer_state_iter) notice: Node n1 state is now lost | nodeid=1 previous=member'
  expect(read(line)).toEqual({ kind: 'lost', node: 'n1', atMs: Date.UTC(2026, 10, 21, 8, 0, 3, 250) })
  expect(read(line.replace('now lost', 'now member'))).toMatchObject({ kind: 'joined', node: 'n1' })
})

test('fencing is told when it is asked for and when it is done', () => {
  expect(
    read(
      'Nov  1 08:00:03 n3 pacemaker-fenced    [81] (initiate_remote_stonith_op) notice: Requesting peer fencing (reboot) targeting n1 | id=1 state=querying',
    ),
  ).toMatchObject({ kind: 'fence-requested', node: 'n1' })
  const done =
    "Nov 21 08:00:07 n3 pacemaker-fenced    [81] (finalize_op) notice: Operation 'reboot' targeting n1 by n2 for pacemaker-controld.85@n3: OK (complete) | id=1"
  expect(read(done)).toMatchObject({ kind: 'fenced', node: 'n1', ok: true })
  expect(read(done.replace('OK (complete)', 'Timed out'))).toMatchObject({ kind: 'fenced', ok: false })
})

test('a result is an event, a monitor that was called off and an empty probe are none', () => {
  const line = (words: string) =>
    `Nov 21 09:43:20.120 n1 pacemaker-controld  [117] (log_executor_event) \tnotice: Result of ${words} | CIB update 61; rc=0`
  expect(read(line('start operation for p_stack on n1: ok'))).toEqual({
    ...{ kind: 'action', node: 'n1', resource: 'p_stack', action: 'start', result: 'ok' },
    atMs: Date.UTC(2026, 10, 21, 9, 43, 20, 120),
  })
  expect(read(line('monitor operation for p_stack on n1: OCF_DEGRADED'))).toMatchObject({
    result: 'OCF_DEGRADED',
  })
  expect(read(line('monitor operation for p_stack on n1: Cancelled'))).toBeUndefined()
  expect(read(line('probe operation for p_vip on n2: not running'))).toBeUndefined()
})

test('a result is told with the reason that the agent gave, brackets and bars in it included', () => {
  const line = (words: string) =>
    `Nov 21 09:43:20.120 n1 pacemaker-controld  [117] (log_executor_event) \tnotice: Result of ${words}`
  const reason = 'runner pid 7 hangs (state T): a | b'
  expect(
    read(
      line(`monitor operation for p_voice on n1: error (${reason}) | graph action confirmed; call=12 rc=1`),
    ),
  ).toMatchObject({ action: 'monitor', resource: 'p_voice', result: 'error', reason })
  expect(read(line('start operation for p_voice on n1: ok | CIB update 61; rc=0'))).not.toHaveProperty(
    'reason',
  )
})

test('all else is no event', () => {
  expect(read('Nov 21 08:00:07 n3 pacemaker-based     [80] (x) info: nothing')).toBeUndefined()
  expect(read('')).toBeUndefined()
})
