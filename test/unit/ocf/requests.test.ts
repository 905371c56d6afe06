import { existsSync, writeFileSync } from 'node:fs'
import { afterEach, expect, test } from 'vitest'
import { leaveRequest, takeRequest, waitingRequests } from '../../../lib/ocf/requests.ts'

const name = `t-${process.pid}`
const waiting = () => waitingRequests('libtest', name)
afterEach(() => {
  for (const request of waiting()) takeRequest(request)
})

test('a request waits for its instance until it is taken up, once', () => {
  expect(waiting()).toEqual([])
  leaveRequest('libtest', name, 'zigbee2mqtt', 'p_radio: its session with the radio hangs')
  const [request] = waiting()
  expect(request).toMatchObject({
    subject: 'zigbee2mqtt',
    because: 'p_radio: its session with the radio hangs',
  })
  expect(waitingRequests('libtest', `${name}0`)).toEqual([])
  if (request !== undefined) takeRequest(request)
  expect(waiting()).toEqual([])
})

test('a second one about the same subject replaces the first', () => {
  leaveRequest('libtest', name, 'mosquitto', 'first')
  leaveRequest('libtest', name, 'mosquitto', 'second')
  expect(waiting().map(request => request.because)).toEqual(['second'])
})

test('a subject that is no file name is kept as it is', () => {
  leaveRequest('libtest', name, '../../etc/$(x)', 'hostile')
  expect(waiting().map(request => request.subject)).toEqual(['../../etc/$(x)'])
})

test('a broken one is removed, not obeyed', () => {
  leaveRequest('libtest', name, 'broken', 'test')
  const path = waiting()[0]?.path ?? ''
  writeFileSync(path, '{"subject":')
  expect(waiting()).toEqual([])
  expect(existsSync(path)).toBe(false)
})
