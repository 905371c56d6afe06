import type { Connect, Connection, Destination } from '../../../lib/net/connection.ts'

/** Everything that is told until the connection is over, after a first word. */
export function conversation(
  connect: Connect,
  to: Destination,
  hello: string | Buffer = 'hello',
): Promise<string[]> {
  const told: string[] = []
  return new Promise(resolve => {
    const connection: Connection = connect(to, {
      connected() {
        told.push('connected')
        connection.send(hello)
      },
      received: bytes => told.push(bytes.toString()),
      ended: () => resolve([...told, 'ended']),
      failed: code => resolve([...told, code]),
    })
  })
}

/** Everything that is told within 100 ms of being connected, to one who then does something. */
export function toldOnceConnected(
  connect: Connect,
  to: Destination,
  act: (connection: Connection) => void,
): Promise<string[]> {
  const told: string[] = []
  return new Promise(resolve => {
    const connection: Connection = connect(to, {
      connected() {
        act(connection)
        setTimeout(() => resolve(told), 100)
      },
      received: () => told.push('received'),
      ended: () => told.push('ended'),
      failed: code => told.push(code),
    })
  })
}
