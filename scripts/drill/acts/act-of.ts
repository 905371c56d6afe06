import type { ActOutcome, ActSource } from '../act.ts'
import { move } from './move.ts'

/** Makes the act of the kind that was ordered ready. Changes nothing. */
export async function actOf(source: ActSource): Promise<ActOutcome> {
  switch (source.order.kind) {
    case 'move':
      return move(source)
    default:
      return { ok: false, faults: [`${source.order.kind} is not ready yet`] }
  }
}
