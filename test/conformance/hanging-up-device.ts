import { createServer } from 'node:net'

/** A device on the loopback that takes every connection and closes it at once. */
export interface HangingUpDevice {
  /** As `targets` names it. */
  readonly target: string
  close(): void
}

export async function startHangingUpDevice(): Promise<HangingUpDevice> {
  const server = createServer(socket => socket.destroy())
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { target: `tcp://127.0.0.1:${port}`, close: () => server.close() }
}
