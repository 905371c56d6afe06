import { afterAll, beforeAll, expect, test } from 'vitest'
import { askDoctor, type DoctorReport } from './doctor-report.ts'
import { StackCluster } from './stack-cluster.ts'
import { DIRECTORY, MOUNT } from './stack-files.ts'

/** What the agents advise, and a device on the network that is watched from both workers. */
const asAdvised = (radio: string) => `primitive p_stack ocf:haha:compose-stack \\
  params directory=${DIRECTORY} required_mount=${MOUNT} probes="app=http://127.0.0.1:8123/" optional_services=extra \\
  op start timeout=300s interval=0 \\
  op stop timeout=120s interval=0 \\
  op monitor interval=20s timeout=30s
primitive p_radio ocf:haha:network-peripheral \\
  params name=radio targets=tcp://${radio}:80 \\
  op start timeout=40s interval=0 \\
  op stop timeout=60s interval=0 \\
  op monitor interval=15s timeout=45s
clone c_radio p_radio meta interleave=true
location l_radio-n3 c_radio -inf: n3
location l_radio g_house rule -1000: radio lt 1
`

let stack: StackCluster

beforeAll(async () => {
  stack = await StackCluster.up({ name: 'doctor' })
})
afterAll(() => stack?.down())

test('finds nothing wrong with a cluster whose fencing was tried, and each of ten things that are then broken', async () => {
  const { cluster } = stack
  await cluster.load(asAdvised(cluster.power('n3').address))
  for (const node of ['n3', 'n2', 'n1'] as const) {
    const from = node === 'n1' ? 'n2' : 'n1'
    await stack.run(from, `stonith_admin --reboot ${node}`)
    await cluster.waitFormed()
    await stack.settled()
  }
  for (const node of cluster.nodes) {
    // A fencer that has just come back hears of earlier fencings from its peers a while after it is in the cluster.
    await expect
      .poll(
        async () => {
          const { findings, gaps } = await askDoctor(cluster, node)
          // What apt offers on the day of the test is the distribution's affair.
          return [...findings.filter(line => !line.includes('upgrade-pending')), ...gaps]
        },
        { timeout: 90_000, interval: 5_000, message: node },
      )
      .toEqual([])
  }

  const { active } = await stack.settled()
  for (const command of breakages(active)) await stack.run(active, command)
  await stack.until('the watcher runs on the arbiter', state =>
    state.resources.some(({ id, nodes }) => id.startsWith('p_radio') && nodes.includes('n3')),
  )
  const report = await askDoctor(cluster, active)
  expect(report.exitCode).toBe(2)
  expect(rulesOf(report)).toEqual(
    expect.arrayContaining([
      'clone-on-arbiter',
      'monitor-depth',
      'monitor-interval',
      'monitor-missing',
      'mtu-differs',
      'peripheral-rule',
      'restart-policy',
      'secret-readable',
      'stonith-disabled',
      'timeout-advised',
      'unit-enabled',
    ]),
  )
}, 900_000)

test('takes less than 100 MB and, on an idle machine, less than 3 s', async () => {
  const { stdout } = await stack.cluster.exec('n1', ['python3', '-c', MEASURE])
  const [seconds = Number.NaN, megabytes = Number.NaN] = stdout.split(' ').map(Number)
  expect(megabytes).toBeLessThan(100)
  expect(seconds).toBeLessThan(3)
})

const MEASURE = `
import resource, subprocess, time
begin = time.monotonic()
subprocess.run(['/usr/sbin/haha-doctor'], stdout=subprocess.DEVNULL)
print(time.monotonic() - begin, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000)
`

function rulesOf({ findings }: DoctorReport): readonly string[] {
  return findings.map(line => line.split(/[ :]/)[1] ?? '')
}

/** One thing each. Through cibadmin, because crmsh would warn of some and refuse others. */
function breakages(node: string): readonly string[] {
  const create = (scope: string, xml: string) => `cibadmin --create --scope ${scope} --xml-text '${xml}'`
  const modify = (id: string, content: string) =>
    `cibadmin --modify --scope resources --xml-text '<primitive id="${id}">${content}</primitive>'`
  const nvpair = (id: string, name: string, value: string) =>
    `<nvpair id="${id}" name="${name}" value="${value}"/>`
  const deep = `<instance_attributes id="deep-i">${nvpair('deep-d', 'depth', '10')}</instance_attributes>`
  const lamp = `<meta_attributes id="p_lamp-meta">${nvpair('p_lamp-off', 'target-role', 'Stopped')}</meta_attributes>`
  return [
    'crm_attribute --type crm_config --name stonith-enabled --update false',
    `cibadmin --modify --xml-text '<op id="p_stack-stop-0" timeout="5s"/>'`,
    `cibadmin --delete --xpath "//primitive[@id='p_vip']/operations/op[@name='monitor']"`,
    modify(
      'p_stack',
      '<operations><op id="twice" name="monitor" interval="20s" timeout="30s"/></operations>',
    ),
    modify('p_stack', `<operations><op id="deep" name="monitor" interval="90s">${deep}</op></operations>`),
    'docker update --restart=always $(docker ps -q)',
    create(
      'constraints',
      '<rsc_location id="l_all" rsc="g_house"><rule id="l_all-rule" score="-INFINITY"><expression id="l_all-e" attribute="radio" operation="not_defined"/></rule></rsc_location>',
    ),
    `cibadmin --delete --xml-text '<rsc_location id="l_radio-n3"/>'`,
    'echo secret >/etc/plug.password && chmod 0644 /etc/plug.password',
    modify(
      `fence-${node}`,
      `<instance_attributes id="fence-${node}-instance_attributes">${nvpair('leak', 'password_file', '/etc/plug.password')}</instance_attributes>`,
    ),
    `printf '[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n' >/etc/systemd/system/lamp.service`,
    'systemctl daemon-reload && systemctl enable lamp.service',
    create(
      'resources',
      `<primitive id="p_lamp" class="systemd" type="lamp">${lamp}<operations><op id="p_lamp-m" name="monitor" interval="60s"/></operations></primitive>`,
    ),
    // On an interface of its own: a larger MTU on the ring's stalls corosync, and nothing could be changed any more.
    'ip link add member type veth peer name other && ip link add bridge9 type bridge',
    'ip link set member master bridge9 && ip link set bridge9 mtu 9000',
  ]
}
