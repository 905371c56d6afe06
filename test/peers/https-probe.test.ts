import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type TlsOptions } from 'node:tls'
import { build } from 'esbuild'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from '../../scripts/bundle.ts'
import { nodeExecutable } from '../../scripts/nodes.ts'

const scratch = mkdtempSync(join(tmpdir(), 'haha-https-probe-'))
const bundle = join(scratch, 'probe.cjs')
const servers: Server[] = []
const sockets: Socket[] = []
const ports = new Map<string, number>()

/** Prints what a probe says of each URL, and whether that took node:tls. */
const script = `
  import { parseProbeUrl, probe } from './lib/net/probe.ts'
  const before = new Set(process.moduleLoadList)
  const limits = { timeoutMs: 5000, tries: 1, pauseMs: 0 }
  Promise.all(process.argv.slice(2).map(url => probe(parseProbeUrl(url), limits))).then(said => {
    const loadsTls = process.moduleLoadList.some(name => !before.has(name) && name === 'NativeModule tls')
    process.stdout.write(JSON.stringify({ loadsTls, said: said.map(({ ok, reason }) => reason ?? ok) }))
  })`

async function listen(name: string, server: Server): Promise<void> {
  servers.push(server)
  server.on('connection', socket => sockets.push(socket))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  ports.set(name, address !== null && typeof address === 'object' ? address.port : 0)
}

async function encrypting(name: string, options: TlsOptions): Promise<void> {
  const server = createServer(options, socket => {
    socket.on('error', () => {})
    socket.once('data', () => socket.end('HTTP/1.0 200 OK\r\n\r\nhere'))
  })
  server.on('tlsClientError', () => {})
  await listen(name, server)
}

beforeAll(async () => {
  const options = { platform: 'node', target: 'node18', format: 'cjs', bundle: true } as const
  const stdin = { contents: script, resolveDir: root, loader: 'js' } as const
  await build({ ...options, stdin, outfile: bundle })
  const [key, cert] = [join(scratch, 'key.pem'), join(scratch, 'cert.pem')]
  // What devices of ten years ago made for themselves.
  const made = ['req', '-x509', '-newkey', 'rsa:1024', '-sha1', '-nodes', '-subj', '/CN=nas', '-days', '1']
  execFileSync('openssl', [...made, '-keyout', key, '-out', cert], { stdio: 'ignore' })
  const ciphers = 'DEFAULT@SECLEVEL=0'
  const identity = { key: readFileSync(key), cert: readFileSync(cert), ciphers }
  await encrypting('new', { ...identity, minVersion: 'TLSv1.3' })
  await encrypting('old', { ...identity, minVersion: 'TLSv1', maxVersion: 'TLSv1' })
  await listen(
    'plain',
    createTcpServer(socket => socket.end('HTTP/1.0 400 Bad\r\n\r\n').on('error', () => {})),
  )
})
afterAll(async () => {
  for (const socket of sockets) socket.destroy()
  for (const server of servers) await new Promise(resolve => server.close(resolve))
  rmSync(scratch, { recursive: true, force: true })
})

test.each(['official-18', 'official-20', 'debian-12', 'debian-13'] as const)(
  'an https probe by the %s build of node speaks to new and to old servers without node:tls, and says nothing else',
  async name => {
    const urls = ['new', 'old', 'plain'].map(server => `https://127.0.0.1:${ports.get(server)}/`)
    const node = await nodeExecutable(name)
    const { stdout, stderr } = await execa(node, [bundle, ...urls], { timeout: 20_000, extendEnv: false })
    expect(stderr).toBe('')
    const refused = expect.stringContaining('did not agree on an encrypted connection')
    expect(JSON.parse(stdout)).toEqual({ loadsTls: false, said: [true, true, refused] })
  },
  300_000,
)
