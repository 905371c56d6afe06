import { readFileSync, statSync } from 'node:fs'
import { isLocalPath } from '../../lib/host/mounts.ts'
import type { MqttLogin } from './targets/target.ts'

export type SecretFile<Content> =
  | { readonly kind: 'none' }
  | ({ readonly kind: 'key' } & Content)
  | { readonly kind: 'wrong'; readonly problem: string }

/** A Noise key has 256 bits. */
const keyBytes = 32

/** The Noise key of the ESPHome targets: 32 bytes in base64 on the first line. */
export function readKey(path: string | undefined): SecretFile<{ readonly bytes: Buffer }> {
  const line = readSecretLine(path)
  if (line.kind !== 'key') return line
  const bytes = Buffer.from(line.text, 'base64')
  return /^[A-Za-z0-9+/]{43}=$/.test(line.text) && bytes.length === keyBytes
    ? { kind: 'key', bytes }
    : { kind: 'wrong', problem: `${path}: its first line is not a key of ${keyBytes} bytes in base64` }
}

/** The login of the MQTT targets: `user:password` on the first line; a password may hold colons. */
export function readLogin(path: string | undefined): SecretFile<{ readonly login: MqttLogin }> {
  const line = readSecretLine(path)
  if (line.kind !== 'key') return line
  const colon = line.text.indexOf(':')
  return colon > 0
    ? { kind: 'key', login: { username: line.text.slice(0, colon), password: line.text.slice(colon + 1) } }
    : { kind: 'wrong', problem: `${path}: its first line is not user:password` }
}

/** The first line of a file that root alone may read. Files on filesystems that may hang are refused. */
export function readSecretLine(path: string | undefined): SecretFile<{ readonly text: string }> {
  if (path === undefined) return { kind: 'none' }
  if (!isLocalPath(path))
    return { kind: 'wrong', problem: `${path} lies on a filesystem that may hang: copy it to /etc` }
  try {
    const { mode, uid, size } = statSync(path)
    if (uid !== 0 || (mode & 0o077) !== 0)
      return { kind: 'wrong', problem: `${path} can be read by others than root: chown root, chmod 0600` }
    if (size > 4096) return { kind: 'wrong', problem: `${path} is too long for a secret` }
    return { kind: 'key', text: readFileSync(path, 'utf8').split('\n')[0]?.trim() ?? '' }
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error'
    return { kind: 'wrong', problem: `${path} cannot be read (${code})` }
  }
}
