import { converse } from './conversation.ts'
import type { ProbeOnce } from './probe.ts'

/**
 * Alive when the connection is accepted. That is weak where a proxy listens in a service's stead, as
 * Docker's does for a published port; a scheme that asks for an answer says more.
 */
export const probeTcp: ProbeOnce = (target, timeoutMs) => converse(target, timeoutMs, undefined)
