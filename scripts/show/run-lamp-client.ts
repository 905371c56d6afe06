// node run-lamp-client.ts ADDRESS: twice a second asks Zigbee2MQTT at the broker of the house to toggle the lamps
// of a group, and counts it as answered when Zigbee2MQTT says that the radio sent it, until its stdin ends.
import { connect, type Socket } from 'node:net'
import {
  connackType,
  connectPacket,
  publishPacket,
  publishType,
  readPublish,
  subscribePacket,
  takePackets,
} from '../../lib/net/mqtt-packets.ts'
import { parseJson, stringAt } from '../../lib/ocf/json.ts'
import { answerLine } from '../drill/answers.ts'
import { HOUSE_PORTS } from '../house/services.ts'
import { LAMPS_ANSWERS, toggleLamps } from './lamps.ts'

const EVERY_MS = 500
const LIMIT_MS = 1_000
const AGAIN_MS = 500

const [address = ''] = process.argv.slice(2)
/** Sent and not answered, by transaction. */
const waiting = new Map<string, number>()
let broker: Socket | undefined
let count = 0

connectBroker()
setInterval(ask, EVERY_MS)
// Whoever started the client holds its stdin: when that one is gone, the client goes too.
process.stdin.resume().on('close', () => process.exit(0))

function ask(): void {
  count += 1
  const transaction = `lamps-${count}`
  waiting.set(transaction, Date.now())
  broker?.write(publishPacket('zigbee2mqtt/bridge/request/action', toggleLamps(transaction)))
  setTimeout(() => answered(transaction, false), LIMIT_MS)
}

/** The first answer counts, or the end of its time. */
function answered(transaction: string, ok: boolean): void {
  const sentMs = waiting.get(transaction)
  if (sentMs === undefined) return
  waiting.delete(transaction)
  process.stdout.write(answerLine({ service: LAMPS_ANSWERS, sentMs, doneMs: Date.now(), ok }))
}

function connectBroker(): void {
  const socket = connect(HOUSE_PORTS.mosquitto, address)
  let stream: Buffer = Buffer.alloc(0)
  socket.on('connect', () =>
    socket.write(connectPacket({ user: undefined, password: undefined, keepAliveSeconds: 0 })),
  )
  socket.on('data', chunk => {
    const taken = takePackets(Buffer.concat([stream, chunk]))
    stream = taken?.rest ?? Buffer.alloc(0)
    for (const { type, body } of taken?.packets ?? []) {
      if (type === connackType) {
        socket.write(subscribePacket('zigbee2mqtt/bridge/response/action'))
        broker = socket
      }
      if (type !== publishType) continue
      const reply = parseJson(readPublish(body)?.payload ?? '')
      answered(stringAt(reply, 'transaction') ?? '', stringAt(reply, 'status') === 'ok')
    }
  })
  socket.on('error', () => socket.destroy())
  socket.on('close', () => {
    if (broker === socket) broker = undefined
    setTimeout(connectBroker, AGAIN_MS)
  })
}
