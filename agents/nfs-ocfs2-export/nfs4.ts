import { XdrFault, XdrReader, XdrWriter } from './xdr.ts'

/** Operations of NFSv4 (RFC 7530, section 16) that need no client id. */
const op = { getAttr: 9, getFh: 10, lookup: 15, putFh: 22, putRootFh: 24 } as const
const longestHandle = 128

/** PUTROOTFH, LOOKUP of each part of the path, GETFH: what a mount does first. */
export function lookupArguments(path: string): Buffer {
  const names = path.split('/').filter(Boolean)
  const writer = new XdrWriter()
    .text('')
    .uint(0)
    .uint(names.length + 2)
    .uint(op.putRootFh)
  for (const name of names) writer.uint(op.lookup).text(name)
  return writer.uint(op.getFh).bytes()
}

/** PUTFH and GETATTR of the type: a client with a handle from before; this finds the poisoned export. */
export function handleArguments(handle: Buffer): Buffer {
  return new XdrWriter()
    .text('')
    .uint(0)
    .uint(2)
    .uint(op.putFh)
    .opaque(handle)
    .uint(op.getAttr)
    .uint(1)
    .uint(1 << 1)
    .bytes()
}

/** How a compound ended. `failedAt` counts its operations from 0. */
export type CompoundResult =
  | { readonly kind: 'ok'; readonly handle: Buffer | undefined }
  | { readonly kind: 'error'; readonly status: string; readonly failedAt: number }

/** @throws XdrFault when the answer is not one to such a compound */
export function readCompound(results: Buffer): CompoundResult {
  const reader = new XdrReader(results)
  const status = reader.uint()
  reader.opaque(1024)
  const count = reader.uint()
  if (status !== 0) return { kind: 'error', status: statusName(status), failedAt: Math.max(0, count - 1) }
  for (let index = 0; index < count; index++) {
    const operation = reader.uint()
    if (reader.uint() !== 0) throw new XdrFault()
    if (operation === op.getFh) return { kind: 'ok', handle: reader.opaque(longestHandle) }
    if (operation === op.getAttr) break
  }
  return { kind: 'ok', handle: undefined }
}

const statusNames: Readonly<Record<number, string>> = {
  1: 'NFS4ERR_PERM',
  2: 'NFS4ERR_NOENT',
  5: 'NFS4ERR_IO',
  13: 'NFS4ERR_ACCESS',
  20: 'NFS4ERR_NOTDIR',
  70: 'NFS4ERR_STALE',
  10001: 'NFS4ERR_BADHANDLE',
  10006: 'NFS4ERR_SERVERFAULT',
  10008: 'NFS4ERR_DELAY',
  10013: 'NFS4ERR_GRACE',
  10014: 'NFS4ERR_FHEXPIRED',
  10016: 'NFS4ERR_WRONGSEC',
  10018: 'NFS4ERR_RESOURCE',
  10019: 'NFS4ERR_MOVED',
  10021: 'NFS4ERR_MINOR_VERS_MISMATCH',
}

function statusName(status: number): string {
  return statusNames[status] ?? `NFS4ERR ${status}`
}
