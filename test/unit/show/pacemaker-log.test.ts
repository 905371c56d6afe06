import { expect, test } from 'vitest'
import { readPacemakerLine } from '../../../scripts/show/pacemaker-log.ts'

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

test('all else is no event', () => {
  expect(read('Nov 21 08:00:07 n3 pacemaker-based     [80] (x) info: nothing')).toBeUndefined()
  expect(read('')).toBeUndefined()
})
