import { pages } from './pages.ts'

/** A command that a page tells somebody to type. */
export interface DocumentedCommand {
  readonly path: string
  /** One line, without the comment behind it. */
  readonly command: string
}

/** Programs that the pages name; what begins otherwise is a setting, an exit reason or output. */
const PROGRAMS = new Set([
  ...['apt', 'attrd_updater', 'cat', 'corosync-cfgtool', 'corosync-cmapctl', 'corosync-quorumtool', 'cp'],
  ...['crm', 'crm_mon', 'crm_resource', 'crm_simulate', 'debugfs.ocfs2', 'dmesg', 'docker', 'dpkg'],
  ...['drbdadm', 'echo', 'editor', 'exportfs', 'findmnt', 'free', 'grep', 'haha-doctor', 'haha-drill'],
  ...['install', 'ip', 'journalctl', 'ls', 'man', 'mkfs.ocfs2', 'nfsstat', 'node', 'npm', 'npx', 'nsenter'],
  ...['nvidia-smi', 'ollama', 'pcs', 'ping', 'promtool', 'ps', 'sbd', 'scripts/cluster', 'scripts/demo'],
  ...['scripts/storage-lab', 'scripts/test', 'sh', 'ss', 'ssh', 'stonith_admin', 'systemctl', 'time'],
])

/** Every command in README, docs/ and the comments of examples/, each once. */
export function documentedCommands(): readonly DocumentedCommand[] {
  const found = new Map<string, DocumentedCommand>()
  for (const { path, text } of pages())
    for (const command of path.startsWith('examples') ? inComments(text) : inPage(text))
      if (!found.has(command)) found.set(command, { path, command })
  return [...found.values()]
}

/** Lines of code blocks, and what stands between backticks with an argument at least. */
function inPage(text: string): readonly string[] {
  const joined = text.replaceAll(/\\\n\s*/g, '')
  const blocks = [...joined.matchAll(/^```(?:sh)?\n(.*?)^```/gms)].flatMap(([, block = '']) =>
    block.split('\n'),
  )
  const prose = joined.replaceAll(/^```.*?^```/gms, '')
  const inline = [...prose.matchAll(/`([^`]+)`/g)]
    .map(([, words = '']) => words.replaceAll('\\|', '|').replaceAll(/\s+/g, ' '))
    .filter(words => words.includes(' '))
  return [...blocks, ...inline].flatMap(commandsOf)
}

const inComments = (text: string): readonly string[] =>
  [...text.matchAll(/^# Load .*?: (.*)$/gm)].flatMap(([, command = '']) => commandsOf(command))

/** `a && b   # why` is two commands. */
function commandsOf(line: string): readonly string[] {
  const [typed = ''] = line.split(/\s{2,}#|\s+# /)
  return (
    typed
      .split(' && ')
      .map(part => part.trim().replace(/^\.\//, ''))
      // Two blanks in a row stand in tables of output.
      .filter(part => PROGRAMS.has(part.split(' ')[0] ?? '') && !/^\S+ {2,}|^haha-doctor on /.test(part))
  )
}
