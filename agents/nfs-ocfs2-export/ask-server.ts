import { monotonicMs } from '../../lib/host/clock.ts'
import { handleArguments, lookupArguments, readCompound } from './nfs4.ts'
import { completeRecord, readReply, rpcCall } from './rpc.ts'
import { XdrFault } from './xdr.ts'

/** What the server says about an export, as a client would hear it. */
export type NfsAnswer =
  | { readonly kind: 'alive'; readonly ms: number }
  /** The server answers, and says that it waits: for its grace, or for the filesystem. */
  | { readonly kind: 'waiting'; readonly status: string }
  | { readonly kind: 'stale'; readonly reason: string }
  | { readonly kind: 'slow'; readonly reason: string }
  /** A refused connection, or an answer that no client could use. */
  | { readonly kind: 'failed'; readonly reason: string }

export interface Question {
  readonly address: string
  readonly port: number
  readonly path: string
  readonly timeoutMs: number
}

/** knfsd answers only ports below 1024 unless an export says insecure. */
const lowestPort = 700
const portTries = 10
const busyPauseMs = 300

/**
 * Looks the export up from the root of NFSv4 and uses its handle, all within the time limit. It asks over a
 * socket only, so a hung filesystem holds up the server's thread and never this process.
 */
export async function askServer(question: Question): Promise<NfsAnswer> {
  const begin = monotonicMs()
  for (let attempt = 0; ; attempt++) {
    const answer = await askOnce(question, begin)
    const again = answer === 'port taken' ? attempt < portTries : answer.kind === 'waiting'
    if (answer !== 'port taken' && (!again || monotonicMs() - begin + busyPauseMs > question.timeoutMs))
      return answer
    if (answer === 'port taken') {
      if (!again) return { kind: 'slow', reason: 'no free port below 1024 to ask the NFS server from' }
    } else await new Promise(resolve => setTimeout(resolve, busyPauseMs))
  }
}

async function askOnce(question: Question, begin: number): Promise<NfsAnswer | 'port taken'> {
  const { address, port, path, timeoutMs } = question
  const { connect } = await import('node:net')
  const where = `NFS server ${address}`
  return new Promise(resolve => {
    let received: Buffer = Buffer.alloc(0)
    let xid = 1 + Math.floor(Math.random() * 0x7fff_0000)
    const localPort = lowestPort + Math.floor(Math.random() * (1024 - lowestPort))
    const socket = connect({ host: address, port, ...(process.getuid?.() === 0 ? { localPort } : {}) })
    const settle = (answer: NfsAnswer | 'port taken') => {
      clearTimeout(limit)
      socket.destroy()
      resolve(answer)
    }
    // setImmediate: on a loaded machine the limit and the answer may both be due; the answer goes first.
    const limit = setTimeout(
      () =>
        setImmediate(() =>
          settle({
            kind: 'slow',
            reason: `${where} gave no answer for ${path} within ${timeoutMs / 1000} s`,
          }),
        ),
      Math.max(1, begin + timeoutMs - monotonicMs()),
    )
    const ask = (args: Buffer) => {
      received = Buffer.alloc(0)
      xid++
      socket.write(rpcCall(xid, 1, 'localhost', args))
    }
    let used = false
    socket.on('connect', () => ask(lookupArguments(path)))
    socket.on('data', chunk => {
      received = Buffer.concat([received, chunk])
      try {
        const record = completeRecord(received)
        if (record === undefined) return
        const reply = readReply(record, xid)
        if (reply.kind === 'refused') return settle({ kind: 'failed', reason: `${where}: ${reply.because}` })
        const result = readCompound(reply.results)
        if (result.kind === 'error') return settle(judgeStatus(result.status, where, path))
        if (result.handle !== undefined && !used) {
          used = true
          return ask(handleArguments(result.handle))
        }
        settle({ kind: 'alive', ms: Math.round(monotonicMs() - begin) })
      } catch (error) {
        if (!(error instanceof XdrFault)) throw error
        settle({ kind: 'failed', reason: `${where} on port ${port}: ${error.message}` })
      }
    })
    socket.on('end', () =>
      settle({ kind: 'failed', reason: `${where} closed the connection without an answer` }),
    )
    socket.on('error', error => {
      const code = 'code' in error ? String(error.code) : error.name
      if (code === 'EADDRINUSE') return settle('port taken')
      if (code === 'ETIMEDOUT')
        return settle({ kind: 'slow', reason: `${where} cannot be reached (${code})` })
      settle({ kind: 'failed', reason: connectionText(where, port, code) })
    })
  })
}

function connectionText(where: string, port: number, code: string): string {
  if (code === 'ECONNREFUSED')
    return `${where} refuses connections on port ${port}: nfsd does not serve there`
  if (code === 'EADDRNOTAVAIL') return `${where}: the address is not on this node (probe_address)`
  return `${where} cannot be asked on port ${port} (${code})`
}

/** What a status of NFSv4 means for the export. */
export function judgeStatus(status: string, where: string, path: string): NfsAnswer {
  switch (status) {
    case 'NFS4ERR_STALE':
    case 'NFS4ERR_BADHANDLE':
    case 'NFS4ERR_FHEXPIRED':
      return {
        kind: 'stale',
        reason: `${where} answers ${status} for ${path}: every client sees a stale file handle`,
      }
    case 'NFS4ERR_DELAY':
    case 'NFS4ERR_GRACE':
      return { kind: 'waiting', status }
    case 'NFS4ERR_NOENT':
      return {
        kind: 'failed',
        reason: `${where} does not show ${path} to this node (NFS4ERR_NOENT): see exportfs -v`,
      }
    case 'NFS4ERR_MINOR_VERS_MISMATCH':
      return {
        kind: 'failed',
        reason: `${where} does not speak NFSv4.0, by which it is asked: allow vers4.0 in nfs.conf`,
      }
    case 'NFS4ERR_IO':
      return {
        kind: 'failed',
        reason: `${where} answers NFS4ERR_IO for ${path}: the device fails, see dmesg`,
      }
    default:
      return { kind: 'failed', reason: `${where} answers ${status} for ${path}` }
  }
}
