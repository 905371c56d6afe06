import { askBroker } from '../../../lib/net/probe-mqtt.ts'
import { askInTime } from './ask-in-time.ts'
import type { TargetProbe } from './target.ts'

/** Up when the broker answers, refusals included: whose login it takes says nothing about its life. */
export const probeMqttTarget: TargetProbe = (target, limits) =>
  askInTime(target, limits, timeoutMs => askBroker(target, timeoutMs, limits.mqttLogin))
