import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseProcDrbd } from '../../../../agents/nfs-ocfs2-export/drbd.ts'
import { rules } from '../../../../scripts/doctor/catalogue.ts'
import type { Observation } from '../../../../scripts/doctor/observation.ts'
import { corosyncOf, readCmap } from '../../../../scripts/doctor/sources/corosync.ts'
import { lookAtNfsServer } from '../../../../scripts/doctor/sources/nfs-server.ts'
import { lookAtOcfs2 } from '../../../../scripts/doctor/sources/ocfs2.ts'
import { readSbd } from '../../../../scripts/doctor/sources/sbd.ts'
import { readUnits } from '../../../../scripts/doctor/sources/units.ts'
import { readPolicy } from '../../../../scripts/doctor/sources/upgrades.ts'
import { readCib } from '../../../../scripts/pacemaker/read-cib.ts'
import { captured } from '../captured.ts'
import { captured as text } from '../captured-text.ts'
import { capturedVoice } from '../captured-voice.ts'

/** The captured text with one thing changed. @throws when that is not in it */
function changed(original: string, from: string | RegExp, to: string): string {
  const result = original.replace(from, to)
  if (result === original) throw new Error(`${from} is not in the captured text`)
  return result
}

const advice: Observation['advice'] = {
  'compose-stack': [
    { name: 'start', timeoutSeconds: 300 },
    { name: 'stop', timeoutSeconds: 120 },
    { name: 'monitor', timeoutSeconds: 30, intervalSeconds: 20, depth: 0 },
  ],
}
const well: Observation = { ...captured('well'), advice }
const broken: Observation = { ...captured('broken'), advice }
const twoNodes: Observation = {
  ...captured('two-nodes'),
  sbd: readSbd(text('two-nodes', 'sbd.txt')),
  upgrades: { pending: readPolicy(text('two-nodes', 'policy.txt')), unattended: false },
  links: linksIn(text('two-nodes', 'links.txt')),
  secretFiles: modesIn(text('two-nodes', 'modes.txt')),
}
const SHARE = join(import.meta.dirname, '../captured/share')
const share: Observation = {
  ...well,
  cib: captured('export').cib,
  drbd: parseProcDrbd(text('share', 'drbd-well.txt')),
  nfs: lookAtNfsServer(join(SHARE, 'nfsd')),
  ocfs2: lookAtOcfs2(join(SHARE, 'cluster')),
}
const exportCib = text('export', 'cib.xml')
const OCFS2 =
  '<primitive id="p_fs" class="ocf" provider="heartbeat" type="Filesystem"><instance_attributes id="p_fs-i"><nvpair id="p_fs-t" name="fstype" value="ocfs2"/></instance_attributes></primitive>'

/** For each rule what was captured where it has something to say, or that with one thing changed. */
const HAS_IT: Readonly<Record<string, Observation>> = {
  'stonith-disabled': broken,
  'stonith-absent': broken,
  'stonith-untested': twoNodes,
  'timeout-measured': { ...broken, durations: well.durations },
  'timeout-advised': broken,
  'monitor-missing': broken,
  'monitor-interval': broken,
  'monitor-depth': broken,
  'restart-policy': broken,
  'peripheral-rule': broken,
  'clone-on-arbiter': broken,
  'drbd-second-leg': { ...share, drbd: parseProcDrbd(text('share', 'drbd-one-leg.txt')) },
  'ocfs2-sync': { ...share, cib: readCib(changed(exportCib, '</resources>', `${OCFS2}</resources>`)) },
  'ocfs2-threshold': {
    ...share,
    corosync: corosyncOf(
      readCmap(changed(text('well', 'cmap.txt'), /(totem\.consensus \(u32\)) = \d+/, '$1 = 20000')),
      new Map(),
    ),
  },
  'sbd-timeouts': {
    ...twoNodes,
    cib: readCib(
      changed(
        text('two-nodes', 'cib.xml'),
        '</cluster_property_set>',
        '<nvpair id="w" name="stonith-watchdog-timeout" value="8s"/></cluster_property_set>',
      ),
    ),
  },
  'quorum-two-nodes': twoNodes,
  'nfs-grace': { ...share, nfs: share.nfs && { ...share.nfs, graceSeconds: 30 } },
  'mtu-differs': { ...twoNodes, links: linksIn(text('two-nodes', 'links-bridge.txt')) },
  'unit-enabled': {
    ...broken,
    units: readUnits(
      text('broken', 'units.txt'),
      new Map([
        ['lamp.service', 'p_lamp'],
        ['drbd.service', 'p_drbd'],
        ['gone.service', 'p_gone'],
      ]),
    ),
  },
  'model-absent': capturedVoice('cib.xml', 'models.txt'),
  'secret-readable': twoNodes,
  'upgrade-pending': {
    ...twoNodes,
    upgrades: {
      pending: readPolicy(
        changed(text('two-nodes', 'policy.txt'), /(nodejs:\n.*\n {2}Candidate: .*deb12u)2/, '$13'),
      ),
      unattended: false,
    },
  },
  'maintenance-on': broken,
}

test('for every rule something was captured that it finds', () => {
  expect(Object.keys(HAS_IT)).toEqual(rules.map(({ id }) => id))
})

test.each(rules.map(({ id, check }) => ({ id, check })))('$id finds it', ({ id, check }) => {
  expect(check(HAS_IT[id] ?? well).length).toBeGreaterThan(0)
})

test('what is well as it was captured is let alone', () => {
  const fine = (observation: Observation, ...ids: readonly string[]) =>
    rules.filter(({ id }) => ids.includes(id)).flatMap(({ check }) => check(observation))
  expect(fine(share, 'drbd-second-leg', 'ocfs2-sync', 'ocfs2-threshold', 'nfs-grace')).toEqual([])
  expect(fine(twoNodes, 'mtu-differs', 'upgrade-pending', 'sbd-timeouts')).toEqual([])
})

test('a leg of DRBD that stands alone is told apart from one that is dead', () => {
  const lines = (file: string) =>
    rules
      .filter(({ id }) => id === 'drbd-second-leg')
      .flatMap(({ check }) => check({ ...share, drbd: parseProcDrbd(text('share', file)) }))
      .map(({ seen }) => seen)
  expect(lines('drbd-standalone.txt')).toEqual(['DRBD minor 0 on n1 is StandAlone towards the peer'])
  expect(lines('drbd-one-leg.txt')).toEqual([
    expect.stringMatching(/^DRBD minor 0 on n1 has one good copy of the data: own disk UpToDate, the peer /),
  ])
})

/** `name mtu master`, as the files of /sys/class/net say it. */
function linksIn(lines: string): Observation['links'] {
  return lines
    .trim()
    .split('\n')
    .map(line => line.split(' '))
    .map(([name = '', mtu, master = '']) => ({
      ...{ name, mtu: Number(mtu), addresses: [] },
      master: master === '' ? undefined : master,
    }))
}

/** `mode path`, as stat says it. */
function modesIn(lines: string): Observation['secretFiles'] {
  return lines
    .trim()
    .split('\n')
    .map(line => line.split(' '))
    .map(([mode = '', path = '']) => ({
      ...{ path, usedBy: 'whoever names it', groupMayRead: path === '/etc/pacemaker/authkey' },
      mode: Number.parseInt(mode, 8),
    }))
}
