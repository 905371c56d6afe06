import type { ActOutcome, ActSource } from '../act.ts'
import { cutNetwork } from './cut-network.ts'
import { cutPower } from './cut-power.ts'
import { fence } from './fence.ts'
import { killApp } from './kill-app.ts'
import { killEngine } from './kill-engine.ts'
import { move } from './move.ts'

/** Makes the act of the kind that was ordered ready. Asks devices and nodes, changes nothing. */
export async function actOf(source: ActSource): Promise<ActOutcome> {
  switch (source.order.kind) {
    case 'move':
      return move(source)
    case 'kill-app':
      return killApp(source)
    case 'kill-engine':
      return killEngine(source)
    case 'fence':
      return fence(source)
    case 'cut-power':
      return cutPower(source)
    case 'cut-network':
      return cutNetwork(source)
  }
}
