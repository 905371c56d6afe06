import type { Element } from './ber.ts'
import { dottedOf, element, inside, integer, numberOf, oid, sequence, Tag } from './ber.ts'

/** The requests that are used here, and what answers them (RFC 3416). */
export const PduType = {
  get: 0xa0,
  getNext: 0xa1,
  response: 0xa2,
  set: 0xa3,
  getBulk: 0xa5,
  report: 0xa8,
} as const

/** A variable and its value: a number for all kinds of number, bytes for strings, undefined for "no such". */
export interface VarBind {
  readonly oid: string
  readonly value: number | Buffer | undefined
}

export interface Response {
  readonly type: number
  readonly requestId: number
  /** 0 is success; 17 notWritable, 6 noAccess, 16 authorizationError (RFC 3416). */
  readonly errorStatus: number
  readonly variables: readonly VarBind[]
}

/** Encodes a request. For getBulk, `set` is the number of repetitions. */
export function encodePdu(
  type: 'get' | 'set' | 'getBulk',
  requestId: number,
  name: string,
  set: number,
): Buffer {
  const value = type === 'set' ? integer(set) : element(Tag.nothing)
  const second = integer(type === 'getBulk' ? set : 0)
  return element(PduType[type], integer(requestId), integer(0), second, sequence(sequence(oid(name), value)))
}

/** Decodes an answer. @throws BerError when it is none */
export function decodePdu(pdu: Element): Response {
  const [requestId, errorStatus, , list] = inside(pdu, 4)
  return {
    type: pdu.tag,
    requestId: numberOf(requestId),
    errorStatus: numberOf(errorStatus),
    variables: inside(list, 0).map(entry => {
      const [name, value] = inside(entry, 2)
      return { oid: dottedOf(name), value: readValue(value) }
    }),
  }
}

function readValue(source: Element | undefined): number | Buffer | undefined {
  if (source === undefined || source.tag === Tag.nothing || (source.tag & 0xf0) === 0x80) return undefined
  if (source.tag === Tag.octets || source.tag === Tag.oid || source.tag === 0x40) return source.content
  return numberOf(source)
}
