import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ThrowAwayRoot, throwAwayRoot } from './package/throw-away-root.ts'

const DIST = join(import.meta.dirname, '../../dist')
const agents = readdirSync(join(DIST, 'ocf/haha'))

let machine: ThrowAwayRoot

beforeAll(async () => {
  machine = await throwAwayRoot('n1')
  const deb = readdirSync(DIST).find(name => name.endsWith('_all.deb')) ?? 'no .deb in dist'
  // dist may lie on a mount that the throw-away root does not show.
  const { exitCode, output } = await machine.run(
    `apt-get install -y --no-install-recommends --allow-downgrades ${join(DIST, deb)}`,
  )
  expect(exitCode, output).toBe(0)
  await machine.run('mkdir -p /root && cibadmin --empty > /root/cib.xml && cp /root/cib.xml /root/pcs.xml')
})
afterAll(() => machine.dispose())

describe.each(agents)('installed from the .deb, %s', agent => {
  const path = `/usr/lib/ocf/resource.d/haha/${agent}`

  test('is shown by crm ra info', async () => {
    const { exitCode, output } = await machine.run(`crm ra info ocf:haha:${agent}`)
    expect(exitCode, output).toBe(0)
    expect(output).toContain(`ocf:haha:${agent}`)
    expect(output).toMatch(/monitor.*interval=20s/)
    expect(output).not.toMatch(/error|traceback/i)
  })

  test('is described by pcs', async () => {
    const { exitCode, output } = await machine.run(`pcs resource describe ocf:haha:${agent}`)
    expect(exitCode, output).toBe(0)
    expect(output).toContain('directory (required')
  })

  test('is read by crm_resource as text and as XML', async () => {
    for (const format of ['text', 'xml']) {
      const { exitCode, output } = await machine.run(
        `crm_resource --show-metadata ocf:haha:${agent} --output-as=${format}`,
      )
      expect(exitCode, output).toBe(0)
      expect(output).toContain('directory')
    }
  })

  test('is validated through crm_resource, by exit code and reason', async () => {
    const ask = (options: string) =>
      machine.run(
        `CIB_file=/root/cib.xml crm_resource --validate --class ocf --provider haha --agent ${agent} ${options}`,
      )
    expect((await ask('--option directory=/mnt/iot/stack')).exitCode).toBe(0)
    const wrong = await ask('--option directory=relative')
    expect(wrong.exitCode).not.toBe(0)
    expect(wrong.output).toContain('directory:')
  })

  test('is configured and verified by crmsh without a warning about it', async () => {
    const primitive = `primitive p ocf:haha:${agent} params directory=/mnt/iot/stack op start timeout=300s interval=0 op stop timeout=120s interval=0 op monitor interval=20s timeout=30s op monitor interval=60s timeout=45s OCF_CHECK_LEVEL=10`
    const { exitCode, output } = await machine.run(
      `export CIB_file=/root/cib.xml; printf '%s\\n' 'property stonith-enabled=false' '${primitive}' verify commit | crm -F configure`,
    )
    expect(exitCode, output).toBe(0)
    // Without nodes the scheduler says that there is no quorum; of the primitive nobody says anything.
    const aboutUs = output
      .split('\n')
      .filter(line => line !== '' && !/\((cluster_status|unpack_config)\)/.test(line))
    expect(aboutUs).toEqual([])
    expect((await machine.run('grep -c "<primitive id=.p." /root/cib.xml')).output.trim()).toBe('1')
  })

  test('is created by pcs in an offline CIB, depths included', async () => {
    const { exitCode, output } = await machine.run(
      `pcs -f /root/pcs.xml resource create q ocf:haha:${agent} directory=/mnt/iot/stack`,
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
      `mv /usr/bin/node /usr/bin/node.gone; OCF_ROOT=/usr/lib/ocf ${path} monitor; echo "shell $?"; CIB_file=/root/cib.xml crm_resource --validate --class ocf --provider haha --agent ${agent} --option directory=/mnt; echo "crm_resource $?"; mv /usr/bin/node.gone /usr/bin/node`,
    )
    expect(exitCode).toBe(0)
    expect(output).toContain('shell 127')
    expect(output).toMatch(/crm_resource [1-9]/)
  })
})

const EXAMPLES = join(import.meta.dirname, '../../examples')

const examples = readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' }).filter(name =>
  name.endsWith('.crm'),
)

test.each(examples)(
  'crmsh loads and verifies the example %s, and says nothing about our agents',
  async name => {
    const { exitCode, output } = await machine.run(
      `cibadmin --empty > /root/example.xml; export CIB_file=/root/example.xml; for node in node1 node2; do crm -F configure node $node; done; crm -F configure property stonith-enabled=false; crm -F configure load update ${join(EXAMPLES, name)} && crm configure verify`,
    )
    expect(exitCode, output).toBe(0)
    const told = output
      .split('\n')
      .filter(line => line !== '' && !/\((cluster_status|unpack_config)\)/.test(line))
    expect(told).toEqual([])
  },
)
