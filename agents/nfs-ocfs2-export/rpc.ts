import { XdrReader, XdrWriter } from './xdr.ts'

/** The NFS program, and its version 4 (RFC 7530). */
const nfsProgram = 100_003
const nfsVersion = 4
const lastFragment = 0x8000_0000
/** Larger than any answer to the questions asked here. */
const longestRecord = 1024 * 1024

/** One call over TCP: a record mark, the call (RFC 5531) as user root, and the arguments. */
export function rpcCall(xid: number, procedure: number, hostName: string, args: Buffer): Buffer {
  const credential = new XdrWriter().uint(0).text(hostName).uint(0).uint(0).uint(0).bytes()
  const call = new XdrWriter()
    .uint(xid)
    .uint(0)
    .uint(2)
    .uint(nfsProgram)
    .uint(nfsVersion)
    .uint(procedure)
    .uint(1)
    .opaque(credential)
    .uint(0)
    .opaque(Buffer.alloc(0))
    .bytes()
  return Buffer.concat([new XdrWriter().uint(lastFragment + call.length + args.length).bytes(), call, args])
}

/** Puts the record together; undefined while bytes are missing. @throws XdrFault when it is none */
export function completeRecord(received: Buffer): Buffer | undefined {
  const fragments: Buffer[] = []
  for (let at = 0; at + 4 <= received.length; ) {
    const mark = received.readUInt32BE(at)
    const length = mark % lastFragment
    if (length > longestRecord) return Buffer.alloc(0)
    if (at + 4 + length > received.length) return undefined
    fragments.push(received.subarray(at + 4, at + 4 + length))
    at += 4 + length
    if (mark >= lastFragment) return Buffer.concat(fragments)
  }
  return undefined
}

export type RpcReply =
  | { readonly kind: 'accepted'; readonly results: Buffer }
  | { readonly kind: 'refused'; readonly because: string }

const acceptTexts = ['', 'it has no NFS program', 'it has no NFS version 4', 'it has no such procedure']

/** Takes the header off a reply. @throws XdrFault when it is not a reply to this call */
export function readReply(record: Buffer, xid: number): RpcReply {
  const reader = new XdrReader(record)
  if (reader.uint() !== xid || reader.uint() !== 1)
    return { kind: 'refused', because: 'it answers another call' }
  if (reader.uint() !== 0) return { kind: 'refused', because: 'it refuses the credentials of this node' }
  reader.uint()
  const verifier = reader.opaque(400)
  const accepted = reader.uint()
  if (accepted !== 0)
    return { kind: 'refused', because: acceptTexts[accepted] ?? `it cannot answer (${accepted})` }
  const padded = verifier.length + ((4 - (verifier.length % 4)) % 4)
  return { kind: 'accepted', results: record.subarray(24 + padded) }
}
