import { describe, expect, test } from 'vitest'
import { documentedCommands } from '../documentation/commands.ts'
import { FOREIGN } from './loaded-example.ts'
import type { ThrowAwayRoot } from './throw-away-root.ts'

/** What the pages take for granted: each is left out where the command itself makes it. */
const THERE = [
  'primitive p_member ocf:heartbeat:Dummy op monitor interval=10s timeout=20s',
  'primitive p_coordinator ocf:heartbeat:Dummy op monitor interval=10s timeout=20s',
  'primitive p_voice ocf:heartbeat:Dummy op monitor interval=10s timeout=20s',
  'primitive p_stack ocf:heartbeat:Dummy op start interval=0s timeout=60s op monitor interval=10s timeout=20s',
  'group g_house p_member',
]

/** Every command of the pages that configures something, each into a cluster of its own: minutes. */
export function documentedConfigurationTests(machineOf: () => ThrowAwayRoot): void {
  const commands = documentedCommands()
    .map(({ command }) => command)
    .filter(command =>
      /^(crm (configure (primitive|clone|location)|resource meta)|pcs resource (create|update)) /.test(
        command,
      ),
    )

  describe('as the pages write it, is taken:', () => {
    test.each(commands)('%s', async command => {
      const made = /^(?:crm configure \w+|pcs resource create) (\S+)/.exec(command)?.[1]
      const house = THERE.filter(line => line.split(' ')[1] !== made)
      const session = ['node node1', 'node gpunode', 'property stonith-enabled=false', ...house, 'commit']
      const file = '/root/documented.xml'
      const typed = command.replace(/^pcs /, `pcs -f ${file} `)
      const { exitCode, output } = await machineOf().run(
        `export CIB_file=${file}; cibadmin --empty > ${file}; printf '%s\\n' "$SESSION" | crm -D plain -F configure >/dev/null 2>&1; ${typed}`,
        { SESSION: session.join('\n') },
      )
      expect(exitCode, output).toBe(0)
      // What it set is all that crmsh may say.
      const isFine = (line: string) => /^$|^Set '/.test(line) || FOREIGN.some(one => one.line.test(line))
      const told = output.split('\n').filter(line => !isFine(line))
      expect(told).toEqual([])
      if (made === undefined) return
      expect((await machineOf().run(`grep -c 'id="${made}"' ${file}`)).output.trim()).toBe('1')
    })
  })

  test('pcs resource disable', async () => {
    const made = 'pcs -f d.xml resource create p_stack ocf:heartbeat:Dummy'
    const { exitCode, output } = await machineOf().run(
      `cd /root && cibadmin --empty > d.xml && ${made} && pcs -f d.xml resource disable p_stack && cat d.xml`,
    )
    expect(exitCode, output).toBe(0)
    expect(output).toMatch(/name="target-role" value="Stopped"/)
  })

  test.each([
    'pcs stonith describe fence_homelab',
    'man --where fence_homelab',
    'crm ra info stonith:fence_homelab',
  ])('%s', async command => {
    const { exitCode, output } = await machineOf().run(command)
    expect(exitCode, output).toBe(0)
    expect(output).toContain('fence_homelab')
  })
}
