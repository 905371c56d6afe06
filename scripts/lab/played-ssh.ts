import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Cluster } from './cluster.ts'

/** Where every node has the cluster's shared folder. */
const MOUNT = '/mnt/iot'
const EVERY_MS = 50

/** What stands in for ssh: the nodes have no server for it. Takes a node and a line of shell. */
const SCRIPT = `#!/bin/sh
cd ${MOUNT}/ssh || exit 255
id=$(cat /proc/sys/kernel/random/uuid)
printf '%s\\n%s' "$1" "$2" >"$id.draft" && mv "$id.draft" "$id.ask"
while [ ! -e "$id.code" ]; do sleep 0.05; done
cat "$id.out"
exit "$(cat "$id.code")"
`

/** Carries commands from node to node through the host, until it is told to stop. */
export class PlayedSsh {
  readonly #cluster: Cluster
  readonly #folder: string
  #open = true
  #serving = Promise.resolve()

  /** What `--ssh` is told. */
  readonly command = `${MOUNT}/ssh/run`

  private constructor(cluster: Cluster) {
    this.#cluster = cluster
    this.#folder = join(cluster.shared, 'ssh')
  }

  static async start(cluster: Cluster): Promise<PlayedSsh> {
    const ssh = new PlayedSsh(cluster)
    await mkdir(ssh.#folder, { recursive: true })
    await writeFile(join(ssh.#folder, 'run'), SCRIPT, { mode: 0o755 })
    ssh.#serving = ssh.#serve()
    return ssh
  }

  async stop(): Promise<void> {
    this.#open = false
    await this.#serving
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #serve(): Promise<void> {
    while (this.#open) {
      const names = await readdir(this.#folder)
      for (const name of names.filter(one => one.endsWith('.ask'))) await this.#answer(name.slice(0, -4))
      await pause(EVERY_MS)
    }
  }

  async #answer(id: string): Promise<void> {
    const path = (kind: string) => join(this.#folder, `${id}.${kind}`)
    const [name = '', ...script] = (await readFile(path('ask'), 'utf8')).split('\n')
    await rm(path('ask'))
    const node = this.#cluster.nodes.find(one => one === name)
    const outcome =
      node === undefined
        ? { exitCode: 255, stdout: '', stderr: `no node ${name}` }
        : await this.#cluster
            .exec(node, ['sh', '-c', script.join('\n')], { timeoutMs: 10_000 })
            .catch((error: unknown) => ({ exitCode: 255, stdout: '', stderr: String(error) }))
    await writeFile(path('out'), `${outcome.stdout}${outcome.stderr}`)
    // The asker waits for this file: it appears whole.
    await writeFile(path('draft-code'), String(outcome.exitCode < 0 ? 255 : outcome.exitCode))
    await rename(path('draft-code'), path('code'))
  }
}
