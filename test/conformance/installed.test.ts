import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { agentFiles, loadDefinition } from '../../scripts/definitions.ts'
import { cibContent } from './package/cib-content.ts'
import { findingsIn } from './package/doctored-example.ts'
import { documentedConfigurationTests } from './package/documented-configuration.ts'
import { type LoadedExample, loadByCrmsh, loadByPcs } from './package/loaded-example.ts'
import { type ThrowAwayRoot, throwAwayRoot } from './package/throw-away-root.ts'

const ROOT = join(import.meta.dirname, '../..')
const DIST = join(ROOT, 'dist')

/** For each agent the least that is right, as crm_resource and pcs take it, and one value that is wrong. */
const OPTIONS: Readonly<Record<string, { readonly right: readonly string[]; readonly wrong: string }>> = {
  'compose-stack': { right: ['directory=/mnt/iot/stack'], wrong: 'directory=relative' },
  'network-peripheral': { right: ['name=radio', 'targets=icmp://192.0.2.20'], wrong: 'targets=gopher://x' },
  'nfs-ocfs2-export': {
    right: ['directory=/srv/share', 'fsid=42', 'clients=192.0.2.0/24=rw'],
    wrong: 'directory=relative',
  },
  'ollama-gpu': { right: ['model=llama3.2:3b'], wrong: 'mode=steam' },
}

const definitions = await Promise.all(agentFiles(ROOT).map(loadDefinition))
const agents = definitions.map(definition => ({
  definition,
  agent: definition.name,
  ...(OPTIONS[definition.name] ?? { right: [], wrong: 'an agent without options in this test' }),
}))

/** What haha-doctor has in it of each agent. */
const advice = Object.fromEntries(definitions.map(({ name, actions }) => [name, actions]))

let machine: ThrowAwayRoot

beforeAll(async () => {
  machine = await throwAwayRoot('n1')
  const deb = readdirSync(DIST).find(name => name.endsWith('_all.deb')) ?? 'no .deb in dist'
  // dist may lie on a mount that the throw-away root does not show.
  const { exitCode, output } = await machine.run(
    `apt-get install -y --no-install-recommends --allow-downgrades ${join(DIST, deb)}`,
  )
  expect(exitCode, output).toBe(0)
  // An example has its agent beside ours.
  const drbd = await machine.run('apt-get install -y --no-install-recommends drbd-utils')
  expect(drbd.exitCode, drbd.output).toBe(0)
  await machine.run('mkdir -p /root && cibadmin --empty > /root/cib.xml')
})
afterAll(() => machine.dispose())

describe.each(agents)('installed from the .deb, $agent', ({ agent, definition, right, wrong }) => {
  const path = `/usr/lib/ocf/resource.d/haha/${agent}`
  const [parameter = ''] = wrong.split('=')

  test('is shown by crm ra info', async () => {
    const { exitCode, output } = await machine.run(`crm ra info ocf:haha:${agent}`)
    expect(exitCode, output).toBe(0)
    expect(output).toContain(`ocf:haha:${agent}`)
    const monitor = definition.actions.find(({ name }) => name === 'monitor')
    expect(output).toMatch(new RegExp(`monitor.*interval=${monitor?.intervalSeconds}s`))
    expect(output).not.toMatch(/^error|traceback/im)
  })

  test('is described by pcs', async () => {
    const { exitCode, output } = await machine.run(`pcs resource describe ocf:haha:${agent}`)
    expect(exitCode, output).toBe(0)
    for (const { name, required } of definition.parameters)
      expect(output).toContain(required === true ? `${name} (required` : name)
  })

  test('is read by crm_resource as text and as XML', async () => {
    for (const format of ['text', 'xml']) {
      const { exitCode, output } = await machine.run(
        `crm_resource --show-metadata ocf:haha:${agent} --output-as=${format}`,
      )
      expect(exitCode, output).toBe(0)
      expect(output).toContain(parameter)
    }
  })

  test('is validated through crm_resource, by exit code and reason', async () => {
    const ask = (options: readonly string[]) =>
      machine.run(
        `CIB_file=/root/cib.xml crm_resource --validate --class ocf --provider haha --agent ${agent} ${options.map(option => `--option ${option}`).join(' ')}`,
      )
    const good = await ask(right)
    expect(good.exitCode, good.output).toBe(0)
    const bad = await ask([...right.filter(option => !option.startsWith(`${parameter}=`)), wrong])
    expect(bad.exitCode).not.toBe(0)
    expect(bad.output).toContain(`${parameter}:`)
  })

  test('is configured as its own page says, and verified by crmsh without a warning about it', async () => {
    const primitive = definition.example.replaceAll(/\\\n\s*/g, '')
    const { exitCode, output } = await machine.run(
      `cp /root/cib.xml /root/own.xml; export CIB_file=/root/own.xml; printf '%s\n' 'property stonith-enabled=false' '${primitive}' verify commit | crm -F configure`,
    )
    expect(exitCode, output).toBe(0)
    // Without nodes the scheduler says that there is no quorum; of the primitive nobody says anything.
    const aboutUs = output
      .split('\n')
      .filter(line => line !== '' && !/\((cluster_status|unpack_config)\)/.test(line))
    expect(aboutUs).toEqual([])
    expect((await machine.run('grep -c "<primitive id=" /root/own.xml')).output.trim()).toBe('1')
  })

  test('is created by pcs in an offline CIB, depths included', async () => {
    const { exitCode, output } = await machine.run(
      `cp /root/cib.xml /root/pcs.xml; pcs -f /root/pcs.xml resource create q ocf:haha:${agent} ${right.join(' ')}`,
    )
    expect(exitCode, output).toBe(0)
    const cib = (await machine.run('cat /root/pcs.xml')).output
    expect(cib).toMatch(/name="OCF_CHECK_LEVEL" value="20"/)
  })

  test('has a man page that man finds', async () => {
    const { exitCode, output } = await machine.run(`man --where ocf_haha_${agent}`)
    expect(exitCode, output).toBe(0)
  })

  test('cannot answer without node, and the executor calls that not installed', async () => {
    const { exitCode, output } = await machine.run(
      `mv /usr/bin/node /usr/bin/node.gone; OCF_ROOT=/usr/lib/ocf ${path} monitor; echo "shell $?"; CIB_file=/root/cib.xml crm_resource --validate --class ocf --provider haha --agent ${agent} --option ${right[0]}; echo "crm_resource $?"; mv /usr/bin/node.gone /usr/bin/node`,
    )
    expect(exitCode).toBe(0)
    expect(output).toContain('shell 127')
    expect(output).toMatch(/crm_resource [1-9]/)
  })
})

const EXAMPLES = join(ROOT, 'examples')
const examples = readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' }).filter(name =>
  name.endsWith('.crm'),
)

/** What an example says that it adds to. */
const BEFORE: Readonly<Record<string, string>> = { 'coordinator-watched.crm': 'two-nodes-stack.crm' }

const loading = new Map<string, Promise<LoadedExample>>()
/** What crmsh makes of an example, once for all tests. */
function loaded(name: string): Promise<LoadedExample> {
  const files = [BEFORE[name] ?? [], name].flat().map(file => join(EXAMPLES, file))
  const begun = loading.get(name) ?? loadByCrmsh(machine, files)
  loading.set(name, begun)
  return begun
}

test.concurrent.each(examples)(
  'crmsh loads the example %s, and haha-doctor finds nothing in it',
  async name => {
    const { exitCode, told, cib } = await loaded(name)
    expect({ exitCode, told }).toEqual({ exitCode: 0, told: [] })
    expect(findingsIn(join(EXAMPLES, name), cib, advice) ?? []).toEqual([])
  },
  // They run beside each other: each takes as long as all.
  600_000,
)

const twinOf = (name: string) => join(EXAMPLES, name.replace(/crm$/, 'pcs'))
const twins = examples.filter(name => existsSync(twinOf(name)))

/** pcs starts Python for each line of its script: one of the four, all with --full. */
const loadedByPcs =
  process.env.HAHA_FULL === '1' ? twins : twins.filter(name => name === 'haha/iot-cluster.crm')

test.concurrent.each(loadedByPcs)(
  'pcs makes of the twin of %s what crmsh makes of it',
  async name => {
    const byPcs = await loadByPcs(machine, twinOf(name))
    expect(byPcs).toMatchObject({ exitCode: 0, told: [] })
    expect(await cibContent(byPcs.cib)).toEqual(await cibContent((await loaded(name)).cib))
  },
  600_000,
)

test('what haha-doctor finds nothing in are the whole clusters, and a device that no longer waits is found', async () => {
  const whole = examples.filter(name => existsSync(join(EXAMPLES, name, '../corosync.conf')))
  expect(whole.sort()).toEqual([
    'four-nodes/four-nodes.crm',
    'haha/iot-cluster.crm',
    'haha/storage-cluster.crm',
    'linbit/two-nodes.crm',
  ])
  const linbit = 'linbit/two-nodes.crm'
  const { cib } = await loaded(linbit)
  const hasty = cib
    .replace(/<nvpair name="pcmk_delay_base".*?\/>/, '')
    .replace('timeout="120s"', 'timeout="20s"')
  const findings = findingsIn(join(EXAMPLES, linbit), hasty, advice)
  expect(findings?.map(line => line.split(':')[0])).toEqual([
    'warning timeout-advised',
    'warning quorum-two-nodes',
  ])
})

if (process.env.HAHA_FULL === '1') {
  documentedConfigurationTests(() => machine)

  test.each(twins)(
    'pcs takes the twin of %s by the commands at its head',
    async name => {
      const script = twinOf(name)
      const head = /^# Load it with: (.*)\n#\s+(.*)$/m.exec(readFileSync(script, 'utf8'))
      const typed = `${head?.[1]} ${head?.[2]}`.replace(/sh \S+\.pcs/, `sh ${script}`)
      expect(typed).toMatch(/^pcs cluster cib before.xml && cp before.xml after.xml && sh /)
      const begin = 'mkdir -p /root/twin && cd /root/twin && rm -f *.xml && cibadmin --empty > live.xml'
      // pcs looks for the nodes that constraints name.
      const nodes = [...new Set(readFileSync(script, 'utf8').match(/\b(node\d|arbiter)\b/g))]
      const session = [...nodes.map(node => `node ${node}`), 'property stonith-enabled=false', 'commit']
      const { exitCode, output } = await machine.run(
        `${begin} && export CIB_file=$PWD/live.xml && printf '%s\\n' "$SESSION" | crm -D plain -F configure >/dev/null 2>&1; ${typed} && grep -c '<primitive ' live.xml`,
        { SESSION: session.join('\n') },
      )
      expect(exitCode, output).toBe(0)
      expect(Number(output.trim().split('\n').at(-1))).toBeGreaterThan(3)
    },
    300_000,
  )
}

/** Examples that a program of their own reads, by the end of their names. */
const READERS: readonly (readonly [end: string, command: (file: string) => string])[] = [
  ['/corosync.conf', file => `head -c 256 /dev/urandom > /etc/corosync/authkey; corosync -t -c ${file}`],
  ['.res', file => `drbdadm -c ${file} dump all`],
]
const readable = readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' }).flatMap(name =>
  READERS.flatMap(([end, command]) =>
    name.endsWith(end) ? [{ name, command: command(join(EXAMPLES, name)) }] : [],
  ),
)
/** Both programs look for themselves among the nodes, by name and address. */
const FIRST_NODE =
  'hostname node1; ip link set lo up; for a in 192.0.2.11 198.51.100.11; do ip addr add $a/24 dev lo; done'

test.each(readable)('$name is taken by the program that reads it on the first node', async ({ command }) => {
  const { exitCode, output } = await machine.run(`unshare --uts --net sh -c '${FIRST_NODE}; ${command}'`)
  expect(exitCode, output).toBe(0)
})

/** drbdadm itself runs the tool of 8.4 where that module is loaded. */
const DRBD_TOOLS = ['/lib/drbd/drbdadm-84', 'drbdadm']

test('the tools of DRBD 8.4 and 9 take the resource that the storage page has for each', async () => {
  const page = readFileSync(join(ROOT, 'docs/storage.md'), 'utf8')
  const resources = [...page.matchAll(/^```\n(resource [^`]*)^```/gm)].map(([, block = '']) => block)
  expect(resources).toHaveLength(DRBD_TOOLS.length)
  for (const [at, TEXT] of resources.entries()) {
    const inside = `${FIRST_NODE}; ip addr add 192.168.1.11/24 dev lo; ${DRBD_TOOLS[at]} -c /root/page.res dump all`
    const { exitCode, output } = await machine.run(
      `printf '%s' "$TEXT" > /root/page.res; unshare --uts --net sh -c '${inside}'`,
      { TEXT },
    )
    expect(exitCode, output).toBe(0)
  }
})

test('crmsh loads what the page on migrating shows, before and after', async () => {
  const page = readFileSync(join(ROOT, 'docs/handbook/migrating.md'), 'utf8')
  const blocks = [...page.matchAll(/^```\n(primitive [^`]*)^```/gm)].map(([, block = '']) => block)
  expect(blocks).toHaveLength(2)
  for (const [at, block] of blocks.entries()) {
    const file = `/root/migrating-${at}.crm`
    const rest = 'primitive p_share ocf:heartbeat:Dummy\nprimitive p_vip ocf:heartbeat:Dummy\n'
    await machine.run(`printf '%s' "$TEXT" > ${file}`, { TEXT: `${rest}${block}` })
    expect(await loadByCrmsh(machine, [file])).toMatchObject({ exitCode: 0, told: [] })
  }
})
