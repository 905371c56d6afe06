import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ClusterState, crmMonXml } from '../../unit/cluster/crm-mon.ts'

/** The attribute daemon of a whole cluster, and crm_mon: programs to be put in front of PATH, for each node. */
export interface PlayedAttributes {
  /** PATH of an agent on that node. */
  path(node: string): string
  value(name: string, node: string): string | undefined
  set(name: string, node: string, value: string): void
  /** The node leaves, and its attributes with it. */
  leave(node: string): void
  /** Calls of attrd_updater on that node so far, each as one line. */
  calls(node: string): readonly string[]
  /** The daemon does not answer from now on, or answers again. */
  gone(gone: boolean): void
  /** What crm_mon tells on a node about a resource. */
  tell(node: string, resource: string, state: ClusterState): void
  /** Another program that every node has. */
  program(name: string, script: string): void
  remove(): void
}

/** Written as attrd_updater 2.1.5 answers. */
const updater = (folder: string, node: string) => `#!/bin/sh
echo "$*" >> ${folder}/${node}.calls
[ -e ${folder}/gone ] && { echo "Could not connect to attrd: Connection refused" >&2; exit 102; }
name= value= node=${node} update= query=
while [ $# -gt 0 ]; do
  case "$1" in
    --name) name=$2; shift;;
    --node) node=$2; shift;;
    --update|--update-both) update=1 value=$2; shift;;
    --delay) shift;;
    --query) query=1;;
  esac
  shift
done
cd ${folder}/values || exit 1
if [ -n "$query" ]; then
  ls -d "$name"/* > /dev/null 2>&1 || { echo "Could not query value of $name: attribute does not exist" >&2; exit 105; }
  for file in "$name"/*; do printf 'name="%s" host="%s" value="%s"\\n' "$name" "\${file##*/}" "$(cat "$file")"; done
elif [ -n "$update" ]; then
  mkdir -p "$name"
  printf %s "$value" > "$name/.$node.$$" && mv "$name/.$node.$$" "$name/$node"
fi
`

export function playAttributes(nodes: readonly string[]): PlayedAttributes {
  const folder = mkdtempSync(join(tmpdir(), 'haha-attributes-'))
  const values = join(folder, 'values')
  mkdirSync(values)
  const common = join(folder, 'bin')
  mkdirSync(common)
  const program = (name: string, script: string) =>
    writeFileSync(join(common, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  for (const node of nodes) {
    mkdirSync(join(folder, node))
    writeFileSync(join(folder, node, 'attrd_updater'), updater(folder, node), { mode: 0o755 })
  }
  return {
    path: node => `${join(folder, node)}:${common}:${process.env.PATH ?? ''}`,
    value(name, node) {
      const file = join(values, name, node)
      return existsSync(file) ? readFileSync(file, 'utf8') : undefined
    },
    set(name, node, value) {
      mkdirSync(join(values, name), { recursive: true })
      writeFileSync(join(values, name, node), value)
    },
    leave(node) {
      for (const name of readdirSync(values)) rmSync(join(values, name, node), { force: true })
    },
    calls(node) {
      const file = join(folder, `${node}.calls`)
      return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : []
    },
    gone(gone) {
      if (gone) appendFileSync(join(folder, 'gone'), '')
      else rmSync(join(folder, 'gone'), { force: true })
    },
    tell(node, resource, state) {
      writeFileSync(join(folder, node, 'crm_mon.xml'), crmMonXml(state, resource))
      const script = `#!/bin/sh\ncat ${folder}/${node}/crm_mon.xml\n`
      writeFileSync(join(folder, node, 'crm_mon'), script, { mode: 0o755 })
    },
    program,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
