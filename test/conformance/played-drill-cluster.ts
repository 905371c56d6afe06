import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createServer as createTcpServer, type Server as TcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { cibText, crmMonText, resourcesXml, type Trouble } from '../unit/drill/sample-cluster.ts'

const BUNDLE = join(import.meta.dirname, '../../dist/sbin/haha-drill')
const PATIENCE_MS = 30_000

/** How a drill ended. */
export interface DrillEnd {
  readonly code: number | undefined
  readonly output: string
}

/** A cluster of three that an older Pacemaker than any installed one could have written, the group on n1. */
function runningCib(): string {
  const key = '1:1:0:11111111-1111-1111-1111-111111111111'
  const started = (id: string, provider: string, type: string) =>
    `<lrm_resource id="${id}" class="ocf" provider="${provider}" type="${type}"><lrm_rsc_op id="${id}_last_0" operation_key="${id}_start_0" operation="start" call-id="5" crm_feature_set="3.15.1" transition-key="${key}" transition-magic="0:0;${key}" rc-code="0" op-status="0" interval="0"/></lrm_resource>`
  const node = (id: number, history = '') =>
    `<node_state id="${id}" uname="n${id}" in_ccm="true" crmd="online" join="member" expected="member"><lrm id="${id}"><lrm_resources>${history}</lrm_resources></lrm></node_state>`
  const running = started('p_vip', 'heartbeat', 'IPaddr2') + started('p_stack', 'haha', 'compose-stack')
  return `<cib crm_feature_set="3.15.1" validate-with="pacemaker-3.0" epoch="5" num_updates="0" admin_epoch="0" have-quorum="1" dc-uuid="1">
<configuration><crm_config><cluster_property_set id="c"><nvpair id="c1" name="stonith-enabled" value="false"/></cluster_property_set></crm_config><nodes><node id="1" uname="n1"/><node id="2" uname="n2"/><node id="3" uname="n3"/></nodes>
<resources><group id="g_house"><primitive id="p_vip" class="ocf" provider="heartbeat" type="IPaddr2"/><primitive id="p_stack" class="ocf" provider="haha" type="compose-stack"/></group></resources>
<constraints><rsc_location id="l_arbiter" rsc="g_house" node="n3" score="-INFINITY"/></constraints></configuration>
<status>${node(1, running)}${node(2)}${node(3)}</status></cib>`
}

/** CONNACK: the broker takes everybody. */
const CONNACK = Buffer.from('20020000', 'hex')
/** A name server's answer that there is no such name. */
const NO_SUCH_NAME = 0x8183

/**
 * Pacemaker's tools played by scripts; on the loopback a web page that the tests let go away, a broker and a name
 * server that stay.
 */
export class PlayedDrillCluster {
  readonly folder = mkdtempSync(join(tmpdir(), 'haha-drill-'))
  readonly #children: ChildProcess[] = []
  #server: Server | undefined
  #port = 0
  readonly #broker: TcpServer = createTcpServer(socket => {
    socket.on('error', () => socket.destroy())
    socket.on('data', () => socket.end(CONNACK))
  })
  readonly #names = createSocket('udp4', (question, { port, address }) => {
    question.writeUInt16BE(NO_SUCH_NAME, 2)
    this.#names.send(question, port, address)
  })
  #output = ''

  constructor() {
    this.#play('crm_node', 'echo n2')
    this.#play('crm_mon', `cat ${join(this.folder, 'mon.xml')}`)
    this.#play('cibadmin', `cat ${this.cib}`)
    this.#play('crm_simulate', `cat >/dev/null; cat ${join(this.folder, 'forecast.xml')}`)
    this.moveAnswers(0)
    writeFileSync(this.cib, cibText())
    const forecast = `<pacemaker-result><revised_cluster_status>${resourcesXml('n2')}</revised_cluster_status></pacemaker-result>`
    writeFileSync(join(this.folder, 'forecast.xml'), forecast)
    this.show({})
  }

  /** What crm_mon tells from now on. */
  show(trouble: Trouble): void {
    writeFileSync(join(this.folder, 'mon.xml'), crmMonText(trouble))
  }

  /** How crm_resource --move ends; --clear is always obeyed. */
  moveAnswers(code: number): void {
    const script = `case "$1" in --move) echo "the answer is ${code}" >&2; exit ${code};; esac`
    this.#play('crm_resource', script)
  }

  /** The drill runs on the node of the stack, whose service `app` is a container with that main process. */
  playContainer(pid: number): void {
    this.#play('crm_node', 'echo n1')
    this.#play('docker', `case "$1" in ps) echo "app 0123456789ab";; inspect) echo ${pid};; esac`)
  }

  /** The installed tools of Pacemaker instead of the scripts, on a cluster that exists as a file only. */
  useInstalledTools(): void {
    writeFileSync(this.cib, runningCib())
    for (const tool of ['crm_mon', 'cibadmin', 'crm_simulate', 'crm_resource'])
      this.#play(tool, `CIB_file=${this.cib} exec /usr/sbin/${tool} "$@"`)
  }

  /** The file that holds the configuration. */
  get cib(): string {
    return join(this.folder, 'cib.xml')
  }

  /** What crm_resource was asked so far, a line each. */
  asked(): string[] {
    const file = join(this.folder, 'crm_resource.asked')
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
  }

  /** In stead of the stack the group is an export behind its address. */
  showExport(): void {
    for (const file of ['mon.xml', 'forecast.xml', 'cib.xml']) {
      const path = join(this.folder, file)
      const text = readFileSync(path, 'utf8')
        .replaceAll('p_stack', 'p_export')
        .replaceAll('compose-stack', 'nfs-ocfs2-export')
        .replaceAll('g_house', 'g_share')
      writeFileSync(path, text)
    }
  }

  /** What `--services` is told. */
  get services(): string {
    const [broker, names] = [this.#broker.address(), this.#names.address()]
    const brokerPort = typeof broker === 'object' && broker !== null ? broker.port : 0
    return `app=http://127.0.0.1:${this.#port}/ mqtt://127.0.0.1:${brokerPort} dns=dns://127.0.0.1:${names.port}/home.arpa`
  }

  async open(): Promise<void> {
    if (!this.#broker.listening) {
      await once(this.#broker.listen(0, '127.0.0.1'), 'listening')
      await once(this.#names.bind(0, '127.0.0.1'), 'listening')
    }
    const server = createServer((_, response) => response.end('alive'))
    await new Promise<void>(resolve => server.listen(this.#port, '127.0.0.1', resolve))
    const address = server.address()
    if (typeof address === 'object' && address !== null) this.#port = address.port
    this.#server = server
  }

  async close(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (server === undefined) return
    await new Promise<void>(resolve => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  }

  /**
   * Starts the bundle, its archive on a filesystem of its own.
   *
   * @param typed what is typed at its terminal once it asks; without it, it has none
   */
  start(
    args: readonly string[],
    typed?: string,
  ): { readonly child: ChildProcess; readonly end: Promise<DrillEnd> } {
    const inside = 'mount -t tmpfs drill /var/lib && mkdir -p -m 777 /var/lib/pacemaker/cib && exec "$@"'
    const service = ['--services', this.services]
    const program = [
      'unshare',
      '--mount',
      'sh',
      '-c',
      inside,
      'sh',
      process.execPath,
      BUNDLE,
      ...service,
      ...args,
    ]
    const line = program.map(word => `'${word}'`).join(' ')
    const [command = '', ...words] =
      typed === undefined ? program : ['script', '--quiet', '--return', '--command', line, '/dev/null']
    const child = spawn(command, words, {
      cwd: '/',
      stdio: [typed === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      env: { PATH: `${this.folder}:${process.env.PATH}` },
    })
    this.#children.push(child)
    this.#output = ''
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (text: Buffer) => {
        this.#output += text.toString('utf8')
        if (typed !== undefined && text.includes('[y/N]')) child.stdin?.write(typed)
      })
    const end = new Promise<DrillEnd>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', code => resolve({ code: code ?? undefined, output: this.#output }))
    })
    return { child, end }
  }

  /** Waits until crm_resource was asked something. */
  async untilAsked(what: string): Promise<void> {
    const end = Date.now() + PATIENCE_MS
    while (!this.asked().some(line => line.includes(what))) {
      if (Date.now() > end) throw new Error(`crm_resource was never asked ${what}: ${this.#output}`)
      await pause(20)
    }
  }

  async dispose(): Promise<void> {
    for (const child of this.#children) if (child.exitCode === null) child.kill('SIGKILL')
    await this.close()
    this.#broker.close()
    this.#names.close()
    rmSync(this.folder, { recursive: true, force: true })
  }

  #play(tool: string, script: string): void {
    const file = join(this.folder, tool)
    writeFileSync(file, `#!/bin/sh\necho "$*" >>${file}.asked\n${script}\n`)
    chmodSync(file, 0o755)
  }
}
