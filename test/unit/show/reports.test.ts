import { expect, test } from 'vitest'
import { htmlReport } from '../../../scripts/show/html-report.ts'
import { drawStep } from '../../../scripts/show/step-drawing.ts'
import type { DemoRecord } from '../../../scripts/show/step-record.ts'
import { textReport } from '../../../scripts/show/text-report.ts'
import { healthy, powerCut } from './sample-record.ts'

const hostile = `<script>alert("x")</script> & 'y'`
const failed: DemoRecord = {
  ...healthy,
  steps: [
    {
      ...powerCut,
      title: hostile,
      fault: hostile,
      moments: [{ atMs: powerCut.faultMs, what: hostile, source: 'demo' }],
      outages: [{ service: hostile, fromMs: powerCut.faultMs, toMs: undefined, errorMs: 50, missed: 1 }],
      checks: [{ text: hostile, ok: false }],
    },
  ],
  ground: [hostile],
}

test('the timeline tells the moments in their order, each outage with its floor, and how it ended', () => {
  const text = textReport(healthy)
  expect(text.indexOf('power of n2 cut')).toBeLessThan(text.indexOf('n2 is lost'))
  expect(text).toMatch(/3\.6 s\s+n2 is lost\s+pacemaker\.log/)
  expect(text).toContain('zigbee2mqtt     away 14.0 s, 140 questions missed, floor 9.6 s')
  expect(text).toContain('the house came back every time (5.0 min)')
})

test('a failed run says so, and why, in both reports', () => {
  expect(textReport(failed)).toContain('the demo FAILED:')
  expect(textReport(failed)).toContain('for good')
  expect(htmlReport(failed)).toContain('<div class="verdict bad">')
  expect(htmlReport(healthy)).not.toContain('verdict bad')
})

test('no text of the run becomes markup of the page', () => {
  const page = htmlReport(failed)
  expect(page).not.toContain('<script')
  expect(page).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;y&#39;')
})

test('the page needs nothing but itself', () => {
  expect(htmlReport(healthy)).not.toMatch(/(src|href)=|url\(|@import/)
})

test('a bar begins at the outage and is as long as it', () => {
  const bars = [...drawStep(powerCut).matchAll(/<rect class="away" x="([\d.]+)" y="\d+" width="([\d.]+)"/g)]
  const [short, long] = bars.map(([, x, width]) => ({ x: Number(x), width: Number(width) }))
  expect(bars).toHaveLength(2)
  // 8.5 s and 14 s on one scale; the first begins 0.1 s before the fault.
  expect((long?.width ?? 0) / (short?.width ?? 1)).toBeCloseTo(14 / 8.5, 1)
  expect(short?.x).toBeLessThan(long?.x ?? 0)
})

test('a service that never came back is drawn to the end', () => {
  const [step] = failed.steps
  expect(step && drawStep(step)).toContain('away for good')
})
