import type { Action } from '../../lib/ocf/agent.ts'
import type { Settings } from './parameters.ts'

/** Whom the server runs as. */
export interface Account {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly home: string
}

const root: Account = { name: 'root', uid: 0, gid: 0, home: '/root' }

/** The named user; without a name the user ollama, or root where there is none. Undefined: no such user. */
export async function accountOf(
  action: Action<Settings>,
  user: string | undefined,
): Promise<Account | undefined> {
  // getent and not /etc/passwd: users may come from a directory service.
  const { code, stdout } = await action.run('getent', ['passwd', user ?? 'ollama'], { timeoutMs: 5000 })
  if (code !== 0) return user === undefined ? root : undefined
  const [name = '', , uid, gid, , home = '/'] = stdout.split('\n')[0]?.split(':') ?? []
  return { name, uid: Number(uid), gid: Number(gid), home }
}
