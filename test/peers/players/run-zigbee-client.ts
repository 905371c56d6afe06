// node run-zigbee-client.ts --host H [--port N]: says `connected` and sends a request every 100 ms.
import { parseArgs } from 'node:util'
import { playZigbeeClient } from './zigbee-client.ts'

const { values } = parseArgs({
  options: { host: { type: 'string', default: '127.0.0.1' }, port: { type: 'string', default: '6638' } },
})
await playZigbeeClient({ host: values.host, port: Number(values.port), everyMs: 100 })
process.stdout.write('connected\n')
// Whoever started the player holds its stdin: when that one is gone, the player goes too.
process.stdin.on('end', () => process.exit(0)).resume()
