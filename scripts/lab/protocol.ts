import { connect } from 'node:net'
import type { ClusterPlace } from './place.ts'
import type { NodeName } from './plan.ts'
import type { PlugFault } from './plug.ts'
import { field } from './record.ts'

/** What the controller of a cluster can be asked: one request, one answer, a line of JSON each. */
export type Order =
  | { readonly verb: 'release' }
  | { readonly verb: 'log' }
  | { readonly verb: 'on' | 'off' | 'status' | 'boot' | 'cut' | 'uncut'; readonly node: NodeName }
  | { readonly verb: 'misbehave'; readonly node: NodeName; readonly fault: PlugFault }

/** @throws with the controller's own words when it could not obey */
export function ask(place: ClusterPlace, order: Order): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = connect(place.controllerSocket)
    let received = ''
    socket.setEncoding('utf8')
    socket.on('connect', () => socket.write(`${JSON.stringify(order)}\n`))
    socket.on('data', part => {
      received += part
    })
    socket.on('error', () =>
      reject(new Error(`the controller of cluster ${place.name} does not answer: is the cluster up?`)),
    )
    socket.on('end', () => {
      const answer: unknown = received === '' ? undefined : JSON.parse(received)
      const failure = field(answer, 'error')
      if (answer === undefined) reject(new Error(`the controller of cluster ${place.name} went away`))
      else if (typeof failure === 'string') reject(new Error(failure))
      else resolve(field(answer, 'value'))
    })
  })
}
