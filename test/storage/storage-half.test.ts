import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isObject, itemsAt, parseJson, stringAt } from '../../lib/ocf/json.ts'
import { rules } from '../../scripts/doctor/catalogue.ts'
import { loadByCrmsh } from '../conformance/package/loaded-example.ts'
import { type ThrowAwayRoot, throwAwayRoot } from '../conformance/package/throw-away-root.ts'
import { eventually } from '../peers/eventually.ts'
import { captured } from '../unit/doctor/captured-text.ts'

/**
 * The storage half of HAHA as it would run: the scheduler works off the example's own configuration, and the
 * installed haha-doctor reads what that makes of the CIB with Pacemaker's own tools.
 */
const ROOT = join(import.meta.dirname, '../..')
const EXAMPLE = join(ROOT, 'examples/haha')
const CIB = '/root/cib.xml'
const LOG = '/var/log/pacemaker/pacemaker.log'
const NODES = ['node1', 'node2', 'node3'] as const

/** What cannot be seen without a node that runs it, and where it is looked at instead. */
const NOT_LOOKED_AT: Readonly<Record<string, string>> = {
  'restart-policy': 'this half has no containers',
  'peripheral-rule': 'this half watches no device',
  'model-absent': 'this half has no voice',
  'sbd-timeouts': 'this half has no SBD',
  'quorum-two-nodes': 'these are three nodes',
  'drbd-second-leg': 'no DRBD runs: on what was captured in the guests',
  'ocfs2-threshold': 'no OCFS2 runs: on what was captured in the guests',
  'nfs-grace': 'no nfsd runs: on what was captured in the guests',
  'mtu-differs': 'this root has no interfaces',
  'unit-enabled': 'no systemd runs in this root',
  'upgrade-pending': "the packages are this machine's",
}

const OCFS2_ON_NODE3 =
  '<lrm_resource id="p_ocfs2" class="ocf" provider="heartbeat" type="Filesystem"><lrm_rsc_op id="p_ocfs2_last_0" operation_key="p_ocfs2_start_0" operation="start" crm_feature_set="3.15.0" transition-key="1:1:0:0" transition-magic="0:0;1:1:0:0" call-id="9" rc-code="0" op-status="0" interval="0"/></lrm_resource>'

/** For every other rule one thing that is wrong in the CIB, so that what finds nothing is seen to look. */
const WRONG: Readonly<Record<string, readonly [from: RegExp, to: string]>> = {
  'stonith-disabled': [/name="stonith-enabled" value="true"/, 'name="stonith-enabled" value="false"'],
  'stonith-absent': [/"node3:0"/, '"node9:0"'],
  'timeout-measured': [/(operation_key="p_export_start_0"[^>]* exec-time=")\d+/, '$1170000'],
  'timeout-advised': [/(name="start"[^>]* timeout=)"180s"/, '$1"30s"'],
  'monitor-missing': [/<op [^>]*id="p_export_vip-monitor-10s"[^>]*\/>/, ''],
  'monitor-interval': [/(id="p_export-monitor-)30s("[^>]*)|interval="30s"/, 'interval="10s"'],
  'monitor-depth': [/name="OCF_CHECK_LEVEL"/, 'name="depth"'],
  'clone-on-arbiter': [/(<lrm id="node3">\s*<lrm_resources>)/, `$1${OCFS2_ON_NODE3}`],
  'ocfs2-sync': [/noatime,sync,commit=1/, 'noatime,commit=1'],
  'secret-readable': [/name="password_file"/, 'name="password"'],
  'maintenance-on': [/name="no-quorum-policy" value="freeze"/, 'name="maintenance-mode" value="true"'],
}

let machine: ThrowAwayRoot
let running = ''

beforeAll(async () => {
  machine = await throwAwayRoot('node1')
  const deb = readdirSync(join(ROOT, 'dist')).find(name => name.endsWith('_all.deb')) ?? 'no .deb in dist'
  const packages = `drbd-utils ${join(ROOT, 'dist', deb)}`
  await succeeds(`apt-get install -y --no-install-recommends --allow-downgrades ${packages}`)
  // As the pages have the operator lay them.
  await succeeds(
    `cp ${EXAMPLE}/corosync.conf /etc/corosync/ && cd /etc/pacemaker && install -m 600 /dev/null plug.password && install -m 600 /dev/null proxmox.token`,
  )
  // The tools of the cluster, on a CIB in a file.
  await succeeds(
    `mkdir -p /root/tools && for tool in cibadmin crm_mon; do printf '#!/bin/sh\\nCIB_file=${CIB} exec /usr/sbin/%s "$@"\\n' $tool >/root/tools/$tool; done && chmod 755 /root/tools/*`,
  )
  // As the lab's nodes fenced each other.
  const log = captured('returned', 'pacemaker-log.txt').replaceAll(/\bn(?=[123]\b)/g, 'node')
  await succeeds(`mkdir -p $(dirname ${LOG}) && printf '%s' "$TEXT" >${LOG}`, { TEXT: log })
  const { exitCode, told, cib } = await loadByCrmsh(machine, [join(EXAMPLE, 'storage-cluster.crm')])
  expect({ exitCode, told }).toEqual({ exitCode: 0, told: [] })
  running = await runs(cib)
})
afterAll(() => machine?.dispose())

/** Runs it, and shows what it said when it fails. */
async function succeeds(script: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { exitCode, output } = await machine.run(script, env)
  expect(exitCode, output).toBe(0)
  return output
}

/** The CIB after the scheduler has started all that it would start. */
async function runs(configured: string): Promise<string> {
  const strangers = "//node[@uname='node4' or @uname='arbiter']"
  const up = NODES.map(node => `--node-up ${node}`).join(' ')
  const simulate = `crm_simulate --quorum=true --simulate --xml-file ${CIB} --save-output ${CIB}.new`
  const step = (more = '') => `${simulate} ${more} >/root/simulated && mv ${CIB}.new ${CIB}`
  const begun = await succeeds(
    `printf '%s' "$TEXT" >${CIB} && CIB_file=${CIB} cibadmin --delete-all --force --xpath "${strangers}" && ${step(up)} && cat ${CIB}`,
    { TEXT: configured },
  )
  // The agent of DRBD itself says, by this attribute, that its node may be promoted.
  const willing = begun.replaceAll(
    /(<node_state id="(node[12])"[^>]*>)/g,
    '$1<transient_attributes id="$2"><instance_attributes id="status-$2"><nvpair id="status-$2-drbd" name="master-p_drbd" value="10000"/></instance_attributes></transient_attributes>',
  )
  const steps = Array.from({ length: 5 }, () => step()).join(' && ')
  return succeeds(`printf '%s' "$TEXT" >${CIB} && ${steps} && cat ${CIB}`, { TEXT: willing })
}

/** Rule and sentence of each finding about this CIB that is not about this machine, and what was not seen. */
async function doctor(cib: string) {
  const ask = `printf '%s' "$TEXT" >${CIB} && PATH=/root/tools:$PATH haha-doctor --json`
  // On a busy machine a tool may take longer than it waits.
  return eventually(async () => {
    const { output } = await machine.run(ask, { TEXT: cib })
    expect(output).not.toContain('gave no answer')
    const json = parseJson(output)
    if (!isObject(json)) throw new Error(`haha-doctor wrote: ${output}`)
    return {
      findings: itemsAt(json, 'findings')
        .filter(one => stringAt(one, 'rule') !== 'upgrade-pending')
        .map(one => `${stringAt(one, 'rule')}: ${stringAt(one, 'seen')}`),
      gaps: itemsAt(json, 'gaps').map(one => stringAt(one, 'what')),
    }
  }, 60_000)
}

test('all of it runs in what the scheduler makes of it: two primaries, OCFS2 on both, the export on one', async () => {
  const state = await succeeds(`printf '%s' "$TEXT" >${CIB} && CIB_file=${CIB} crm_mon -1`, { TEXT: running })
  expect(state).toContain('Promoted: [ node1 node2 ]')
  expect(state).toMatch(/cl_ocfs2 .*\n *\* Started: \[ node1 node2 \]/)
  expect(state).toMatch(/p_export_vip\s.*Started node[12]/)
  expect(state).not.toMatch(/Stopped \(|UNCLEAN|FAILED/)
})

test('haha-doctor finds nothing on the storage half, but for what it could not look at', async () => {
  const { findings, gaps } = await doctor(running)
  expect(findings).toEqual([])
  expect(gaps.sort()).toEqual(['network interfaces', 'units of systemd'])
})

test('it is told of every rule whether this looks at it', () => {
  expect([...Object.keys(WRONG), 'stonith-untested', ...Object.keys(NOT_LOOKED_AT)].sort()).toEqual(
    rules.map(({ id }) => id).sort(),
  )
})

test.each(Object.entries(WRONG))('%s looks: one thing wrong is found', async (rule, [from, to]) => {
  const wrong = running.replace(from, to)
  expect(wrong).not.toBe(running)
  const { findings } = await doctor(wrong)
  expect(findings.filter(line => line.startsWith(`${rule}: `))).not.toEqual([])
})

test('stonith-untested looks: where no log remembers a fencing, it is found, and no time is made up', async () => {
  await succeeds(`mv ${LOG} ${LOG}.away`)
  const { findings } = await doctor(running)
  await succeeds(`mv ${LOG}.away ${LOG}`)
  expect(findings).toEqual(['stonith-untested: no other node has been fenced as far as node1 remembers'])
})
