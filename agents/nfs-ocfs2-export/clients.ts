/** One entry of the parameter clients. */
export interface Client {
  readonly client: string
  readonly options: readonly string[]
}

/** Addresses, networks, names with wildcards, netgroups: nothing that a shell or etab reads otherwise. */
const clientShape = /^(?:@?[A-Za-z0-9*?[\]][A-Za-z0-9.*?[\]_:/-]{0,254})$/
const optionShape = /^[a-z_]+(?:=[A-Za-z0-9@:._/-]+)?$/

/** Reads `client=option,option`; undefined when it is not of that form. */
export function readClient(text: string): Client | undefined {
  const equals = text.indexOf('=')
  const client = equals < 0 ? text : text.slice(0, equals)
  const options = equals < 0 ? [] : text.slice(equals + 1).split(',')
  if (!clientShape.test(client) || !options.every(option => optionShape.test(option))) return undefined
  // The agent's own: two of them would contradict each other.
  return options.some(option => option.startsWith('fsid')) ? undefined : { client, options }
}

const loopback = '127.0.0.1'

/**
 * Every entry to export, with the loopback through which the agent asks its own server. mountd prefers the
 * entry of a single host, so the loopback has to have options of its own only where nothing covers it.
 */
export function exportedClients(clients: readonly Client[]): readonly Client[] {
  const [first] = clients
  const covered = clients.some(({ client }) => client === '*' || client === loopback)
  return first === undefined || covered ? clients : [...clients, { client: loopback, options: first.options }]
}
