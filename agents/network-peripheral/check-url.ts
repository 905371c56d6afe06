import { isIpLiteral } from '../../lib/net/address.ts'
import type { Endpoint } from './endpoint.ts'

/** Where Zigbee2MQTT is asked for its coordinator check. */
export interface CheckUrl extends Endpoint {
  readonly user: string | undefined
  readonly baseTopic: string
}

/** Reads `mqtt://[user@]host[:port]/base/topic`; a password has no place in it. */
export function readCheckUrl(text: string): CheckUrl | undefined {
  const match =
    /^mqtt:\/\/(?:([A-Za-z0-9_.-]{1,64})@)?(\[[^\]\s]+\]|[\w.-]+)(?::(\d{1,5}))?\/([^#+\s]{1,200})$/i.exec(
      text.trim(),
    )
  const host = (match?.[2] ?? '').replace(/^\[|\]$/g, '')
  const port = Number(match?.[3] ?? 1883)
  const baseTopic = (match?.[4] ?? '').replace(/\/$/, '')
  if (host === '' || baseTopic === '' || port < 1 || port > 65_535) return undefined
  if (!isIpLiteral(host) && /^[\d.]+$|:/.test(host)) return undefined
  return { host, port, user: match?.[1], baseTopic }
}
