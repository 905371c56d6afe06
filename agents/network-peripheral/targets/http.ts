import { encodedPath } from '../../../lib/net/probe.ts'
import { probeHttp } from '../../../lib/net/probe-http.ts'
import { askInTime } from './ask-in-time.ts'
import type { TargetProbe } from './target.ts'

/** Up on 2xx, 3xx, 401 and 403; another 4xx asks for a page that is not there, and 5xx is a fault. */
export const probeHttpTarget: TargetProbe = (target, limits) => {
  const page = {
    ...target,
    scheme: target.scheme === 'https' ? ('https' as const) : ('http' as const),
    path: encodedPath(target.path),
    command: [],
    isLiteralAddress: true,
  }
  return askInTime(target, limits, timeoutMs => probeHttp(page, timeoutMs))
}
