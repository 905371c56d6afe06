import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ThrowAwayRoot } from './throw-away-root.ts'

/** What a tool made of an example. */
export interface LoadedExample {
  readonly exitCode: number
  /** What it said that is not {@link FOREIGN}. */
  readonly told: readonly string[]
  readonly cib: string
}

/** What is said of an example and concerns neither it nor our agents, and why it is said. */
export const FOREIGN: readonly { readonly line: RegExp; readonly why: string }[] = [
  {
    line: /\(cluster_status\) +.*Fencing and resource management disabled due to lack of quorum/,
    why: 'no cluster runs behind the CIB',
  },
  {
    line: /\(unpack_config\) +.*Blind faith: not fencing unseen nodes/,
    why: 'an example that only adds to a cluster is loaded into one without fencing',
  },
  {
    line: /^Warning: Validation for node existence in the cluster will be skipped$/,
    why: 'pcs cannot ask corosync for the nodes',
  },
  {
    line: /^Warning: Defaults do not apply to resources which override them with their own defined values$/,
    why: 'pcs says it whenever defaults are set',
  },
  { line: /^Adding \S+ \S+ \(kind: Mandatory\)/, why: 'pcs says which order it adds' },
]

const NODES = ['node1', 'node2', 'node3', 'node4', 'arbiter']
const MARK = '=== the CIB ==='

/** Loads crmsh files, one after the other, and has them verified. */
export async function loadByCrmsh(machine: ThrowAwayRoot, files: readonly string[]): Promise<LoadedExample> {
  const cib = newCib()
  const session = [...EMPTY_HOUSE, ...files.map(file => `load update ${file}`), 'verify', 'commit']
  return read(await machine.run(`${start(cib, session)}; rc=$?; echo '${MARK}'; cat ${cib}; exit $rc`))
}

/** Runs a script of pcs commands by one pcs process: most of what a command costs is loading pcs. */
export async function loadByPcs(machine: ThrowAwayRoot, script: string): Promise<LoadedExample> {
  const cib = newCib()
  const driver = readFileSync(join(import.meta.dirname, 'pcs-commands.py'), 'utf8')
  return read(
    await machine.run(
      `${start(cib, EMPTY_HOUSE)} && python3 -c "$DRIVER" ${script} ${cib}; rc=$?; echo '${MARK}'; cat ${cib}; exit $rc`,
      { DRIVER: driver },
    ),
  )
}

const EMPTY_HOUSE = [...NODES.map(node => `node ${node}`), 'property stonith-enabled=false', 'commit']

/** Several are loaded at a time. */
let cibs = 0
const newCib = (): string => `/root/example-${cibs++}.xml`

const start = (cib: string, session: readonly string[]): string =>
  `cibadmin --empty > ${cib}; export CIB_file=${cib}; printf '%s\\n' ${session.map(line => `'${line}'`).join(' ')} | crm -D plain -F configure`

function read({ exitCode, output }: { readonly exitCode: number; readonly output: string }): LoadedExample {
  const [said = '', cib = ''] = output.split(`${MARK}\n`)
  const told = said
    .split('\n')
    .filter(line => line !== '' && !FOREIGN.some(foreign => foreign.line.test(line)))
  return { exitCode, told, cib }
}
