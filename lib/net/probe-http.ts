import { HttpFailure, type HttpReply, httpRequest } from './http.ts'
import { limitText } from './http-failure.ts'
import type { ProbeAnswer, ProbeOnce } from './probe.ts'

/** Enough of a page to see that it is really served. */
const mostBodyBytes = 64 * 1024

/**
 * Alive: 2xx; 3xx, which is not followed; 401 and 403, because a service that asks who is there works.
 * Any other 4xx is a failure at once: the probe asks for a page that is not there. 5xx is damped: a
 * service or proxy that is starting says 503. The body has to arrive, or its first 64 KiB.
 *
 * https does not verify the certificate: services on a home network sign their own, and a probe asks
 * for life, not for identity. No name or password is ever sent.
 */
export const probeHttp: ProbeOnce = async (target, timeoutMs) => {
  // A query may carry a key.
  const query = target.url.indexOf('?')
  const where = query < 0 ? target.url : `${target.url.slice(0, query)}?...`
  try {
    const { host, port, path } = target
    const tls = target.scheme === 'https' ? { tls: { insecure: true } } : {}
    const reply = await httpRequest(
      { host, port, ...tls },
      { path, timeoutMs, label: where, maxBytes: mostBodyBytes, cutBody: true },
    )
    return judge(reply, where)
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error
    if (error.kind !== 'timeout') return { kind: 'failed', damped: false, reason: error.message }
    return { kind: 'timeout', reason: `${where} gave no answer within ${limitText(timeoutMs)}` }
  }
}

function judge({ status }: HttpReply, where: string): ProbeAnswer {
  if (status < 400 || status === 401 || status === 403) return { kind: 'alive' }
  return { kind: 'failed', damped: status >= 500, reason: `${where} answered ${status}` }
}
