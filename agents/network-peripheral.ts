import type { Agent } from '../lib/ocf/agent.ts'
import type { AgentDefinition } from '../lib/ocf/definition.ts'
import { contradictions } from './network-peripheral/contradictions.ts'
import { checkHost } from './network-peripheral/host-check.ts'
import { lookAtPeripheral } from './network-peripheral/look.ts'
import { parameters, readSettings, type Settings } from './network-peripheral/parameters.ts'
import { reloadWatch, startWatch } from './network-peripheral/start.ts'
import { leaveWatch, stopWatch } from './network-peripheral/stop.ts'

const definition: AgentDefinition = {
  name: 'network-peripheral',
  shortdesc: 'Watches a device on the network that the stack depends on',
  longdesc: `Watches a Zigbee coordinator, a Bluetooth proxy or a broker from every node (an anonymous clone), and tells three faults apart: this node alone cannot reach it, nobody can, or it answers and its radio hangs behind a live port.

For the first the node attribute becomes 0 on this node, and a constraint moves the stack. The others move nothing, because that would not help. A hung radio is seen in the kernel's account of Zigbee2MQTT's own connection, without a packet sent, and cured by a power-cycle where that is allowed.

Run it as a clone on the nodes that may run the stack, and only there.`,
  parameters,
  actions: [
    { name: 'start', timeoutSeconds: 40 },
    { name: 'stop', timeoutSeconds: 60 },
    { name: 'monitor', timeoutSeconds: 45, intervalSeconds: 15, depth: 0 },
    { name: 'monitor', timeoutSeconds: 90, intervalSeconds: 300, depth: 20 },
    { name: 'reload-agent', timeoutSeconds: 30 },
    { name: 'validate-all', timeoutSeconds: 30 },
    { name: 'meta-data', timeoutSeconds: 5 },
  ],
  requirements: [],
  example: `primitive p_coordinator ocf:haha:network-peripheral \\
  params name=coordinator targets=icmp://192.0.2.20 \\
    session=192.0.2.20:6638 serial_ports=192.0.2.20:6638 \\
  op start timeout=40s interval=0 \\
  op stop timeout=60s interval=0 \\
  op monitor interval=15s timeout=45s`,
  nonGoals: [
    'It never connects to a serial port that somebody may hold.',
    'It never answers 1 for a fault out there: that would end the watch.',
    'It does not write constraints.',
    'It does not restart Zigbee2MQTT by itself: compose-stack does, when asked.',
  ],
}

export const agent: Agent<Settings> = {
  definition,
  settings: readSettings,
  contradictions,
  checkHost,
  look: lookAtPeripheral,
  start: startWatch,
  stop: stopWatch,
  forceStop: leaveWatch,
  reload: reloadWatch,
  samples: async action => (await import('./network-peripheral/metrics.ts')).samples(action),
}
