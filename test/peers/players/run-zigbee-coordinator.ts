// node run-zigbee-coordinator.ts --port N [--host H] [--memory FILE]: takes `hang` and `resume` on stdin.
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { playZigbeeCoordinator } from './zigbee-coordinator.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '6638' },
    host: { type: 'string', default: '127.0.0.1' },
    memory: { type: 'string' },
  },
})
const coordinator = await playZigbeeCoordinator({
  host: values.host,
  port: Number(values.port),
  ...(values.memory === undefined ? {} : { memory: values.memory }),
})
process.stdout.write(`listening ${coordinator.port}\n`)
const orders = createInterface({ input: process.stdin })
orders.on('line', order => {
  if (order === 'hang') coordinator.hang()
  else if (order === 'resume') coordinator.resume()
  process.stdout.write(`${order}\n`)
})
// Whoever started the player holds its stdin: when that one is gone, the player goes too.
orders.on('close', () => process.exit(0))
