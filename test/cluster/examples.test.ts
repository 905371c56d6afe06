import { afterEach, expect, test } from 'vitest'
import { VOICE_MODEL, VOICE_PROGRAM } from '../../scripts/house/voice.ts'
import { type Cluster, upCluster } from '../../scripts/lab/cluster.ts'
import { clusterPlan, type NodeName } from '../../scripts/lab/plan.ts'
import { askDoctor } from './doctor-report.ts'
import {
  adapted,
  type Change,
  EXPORT,
  fencedIn,
  housedOn,
  prepareNodes,
  until,
  writeExampleStack,
} from './example-cluster.ts'
import { VoiceCluster } from './voice-cluster.ts'

const full = process.env.HAHA_FULL === '1'

/** Where the lab has what an example has under addresses of documentation. */
interface Place {
  readonly vip: string
  power(node: NodeName): { readonly address: string; readonly mac: string }
}

const COMMON: readonly Change[] = [[/\bnode([123])\b/, 'n$1']]
const vipOf = ({ vip }: Place): Change => ['ip=192.0.2.10 ', `ip=${vip} nic=eth0 `]

/** LINBIT's two nodes with a folder where DRBD would be. */
const linbit = (place: Place): string =>
  adapted('linbit/two-nodes.crm', [
    ...COMMON,
    vipOf(place),
    [/primitive p_drbd[\s\S]*?notify=true\n/, ''],
    [/order o_drbd_house.*\ncolocation c_house_drbd.*\n/, ''],
    ['device=/dev/drbd0', `device=${EXPORT}`],
    ['fstype=ext4 options=noatime', 'fstype=none options=bind'],
    ['ip=192.0.2.31', `ip=${place.power('n1').address}`],
    ['ip=192.0.2.32', `ip=${place.power('n2').address}`],
  ])

/** HAHA's IoT cluster with a folder for its share, a played GPU, and no Proxmox behind the first level. */
const iot = (place: Place): string =>
  adapted('haha/iot-cluster.crm', [
    ...COMMON,
    vipOf(place),
    ['/mnt/iot', '/mnt/house'],
    ['device="192.0.2.50:/mnt/ocfs2"', `device=${EXPORT}`],
    [/fstype=nfs \\\n.*options=".*"/, 'fstype=none options=bind'],
    // A client outside the nodes stands where the coordinator would be.
    [/192\.0\.2\.20\b/, '10.77.0.200'],
    [/"(n[123]):0"/, '"$1:1"'],
    [' ssl_ca_file=/etc/pve/pve-root-ca.pem', ''],
    ...(['n1', 'n2', 'n3'] as const).map((node, at): Change => {
      const { address, mac } = place.power(node)
      const [said, has] = [
        `ip=192.0.2.3${at + 1} device_id=A8032ABE54D${at + 1}`,
        `ip=${address} device_id=${mac}`,
      ]
      return [`driver=shelly2 ${said}`, `driver=tasmota ${has}`]
    }),
    ['mode=docker container=ollama', `mode=serve binary=${VOICE_PROGRAM} user=root`],
    ['model=llama3.2:3b', `models_dir=/var/lib/ollama/models model=${VOICE_MODEL}`],
  ])

const otherWorker = (node: NodeName): NodeName => (node === 'n1' ? 'n2' : 'n1')

test('the examples still say all that a lab has otherwise, and nothing of documentation is left but the API', () => {
  const nowhere: Place = {
    vip: '10.77.0.100',
    power: () => ({ address: '10.77.1.201', mac: 'DC:4F:22:00:00:01' }),
  }
  expect(linbit(nowhere)).not.toContain('192.0.2.')
  expect(iot(nowhere).match(/192\.0\.2\.\d+/g)).toEqual([
    '192.0.2.2',
    '192.0.2.21',
    '192.0.2.22',
    '192.0.2.23',
  ])
})

if (full) {
  let lab: Pick<Cluster, 'down'> | undefined
  afterEach(async () => {
    await lab?.down()
    lab = undefined
  })

  /** The node that has the house dies; the other one is to have it, and nobody else may be fenced. */
  const survives = async (up: Cluster, active: NodeName, ports: Readonly<Record<string, number>>) => {
    const other = otherWorker(active)
    await up.crash(active)
    await until(up, `the house is on ${other}`, ({ resources }) =>
      resources.some(({ id, nodes }) => id === 'p_stack' && nodes.join() === other),
    )
    expect(await housedOn(up, ports)).toBe(other)
    expect(await fencedIn(up)).toEqual([active])
    await up.waitFormed()
    for (const node of up.nodes) {
      const { findings, gaps } = await askDoctor(up, node)
      // What apt offers is the distribution's affair, and one node of them was fenced.
      const ours = findings.filter(line => !/ (upgrade-pending|stonith-untested): /.test(line))
      expect({ node, ours, gaps }).toEqual({ node, ours: [], gaps: [] })
    }
  }

  test('the two nodes of LINBIT run without DRBD, and the house survives the death of its node', async () => {
    const up = await upCluster(clusterPlan({ name: 'linbit', nodes: 2, lifetime: 'this process' }))
    lab = up
    const ports = { homeassistant: 8123 }
    await prepareNodes(up, '/mnt/home-assistant')
    await writeExampleStack(up, ports, false)
    await up.loadImages(['haha/busybox:1', 'haha/standin:1'])
    await up.load(linbit(up))
    await survives(up, await housedOn(up, ports), ports)
  })

  test('the IoT cluster of HAHA runs, and its second level fences while no API of the first answers', async () => {
    const up = await upCluster(clusterPlan({ name: 'iot', lifetime: 'this process' }))
    lab = await VoiceCluster.in(up)
    const ports = { homeassistant: 8123, zigbee2mqtt: 8099, esphome: 6052, 'node-red': 1880 }
    await prepareNodes(up, '/mnt/house')
    await writeExampleStack(up, ports, true)
    await up.loadImages(['haha/busybox:1', 'haha/standin:1', 'haha/mosquitto:2'])
    await up.load(iot(up))
    const active = await housedOn(up, ports)
    await until(up, 'the workers watch the coordinator and n1 has the voice', ({ resources }) => {
      const placesOf = (id: string) =>
        resources.filter(one => one.id === id && one.active && !one.failed).flatMap(one => one.nodes)
      return placesOf('p_coordinator').sort().join() === 'n1,n2' && placesOf('p_voice').join() === 'n1'
    })
    for (const node of ['n1', 'n2'] as const) {
      const query = ['attrd_updater', '--query', '--name', 'coordinator', '--node', node]
      expect((await up.exec(node, query)).stdout).toContain('value="1"')
    }
    await survives(up, active, ports)
  })
}
