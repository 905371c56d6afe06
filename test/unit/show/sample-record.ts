import type { DemoRecord, StepRecord } from '../../../scripts/show/step-record.ts'

const FAULT = Date.UTC(2026, 0, 2, 3, 4, 5)
const after = (seconds: number) => FAULT + seconds * 1000

/** A power cut as a healthy cluster goes through it. */
export const powerCut: StepRecord = {
  key: 'c',
  title: 'the power of the active node is cut',
  fault: 'The plug of n2 is switched off by hand.',
  faultMs: FAULT,
  endMs: after(20),
  phases: {
    detectedMs: after(3.6),
    fencingAskedMs: after(3.7),
    offMs: after(3.9),
    fencedMs: after(7.1),
    takeOverMs: after(7.9),
  },
  moments: [
    { atMs: after(3.6), what: 'n2 is lost', source: 'pacemaker.log' },
    { atMs: FAULT, what: 'power of n2 cut', source: 'demo' },
  ],
  outages: [
    { service: 'home-assistant', fromMs: after(-0.1), toMs: after(8.4), errorMs: 90, missed: 85 },
    { service: 'zigbee2mqtt', fromMs: after(0), toMs: after(14), errorMs: 90, missed: 140 },
  ],
  floors: new Map([
    [
      'home-assistant',
      [
        { what: 'token + consensus', seconds: 3.6 },
        { what: 'own start', seconds: 0.5 },
      ],
    ],
    [
      'zigbee2mqtt',
      [
        { what: 'token + consensus', seconds: 3.6 },
        { what: 'own start', seconds: 6 },
      ],
    ],
  ]),
  rulings: [{ service: 'zigbee2mqtt', outage: 14, parts: [], limit: 16, kept: true }],
  checks: [{ text: 'nothing ran on n1 before n2 was read back as off', ok: true }],
}

export const healthy: DemoRecord = {
  startedMs: after(-200),
  endedMs: after(100),
  steps: [powerCut],
  ownStart: new Map([
    ['home-assistant', 0.5],
    ['zigbee2mqtt', 6],
  ]),
  ownStartRuns: 5,
  membershipSeconds: 3.6,
  checks: [{ text: 'no service ever ran on two nodes', ok: true }],
  ground: ['Debian 12'],
}
