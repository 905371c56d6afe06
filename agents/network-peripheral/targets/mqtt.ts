import { connectPacket } from '../../../lib/net/mqtt-packets.ts'
import { askBroker } from '../../../lib/net/probe-mqtt.ts'
import { askInTime } from './ask-in-time.ts'
import type { TargetProbe } from './target.ts'

/** Section 3.2.2.3 of the OASIS standard. */
const refusals: readonly string[] = [
  '',
  'the protocol version',
  'the client id',
  'everybody for now',
  'the user name or password',
  'this client as not authorised',
]

/** Up when the broker answers, refusals included: whose login it takes says nothing about its life. */
export const probeMqttTarget: TargetProbe = (target, limits) => {
  const { username: user, password } = limits.mqttLogin ?? {}
  const connect = connectPacket({ user, password, keepAliveSeconds: 10 })
  return askInTime(target, limits, timeoutMs =>
    askBroker(target, timeoutMs, connect, code => {
      if (code === 0) return { seen: 'accepts' }
      const seen = `refuses ${refusals[code] ?? 'without reason'} (code ${code})`
      return user === undefined ? { seen } : { seen, doubt: `${target.url} ${seen}: mend mqtt_login_file` }
    }),
  )
}
