import { commonOptions } from './common-options.ts'
import { readOperatorFile } from './operator-file.ts'
import type { ReadOption } from './options.ts'
import { SwitchFailure } from './power-switch.ts'

/** Whom to trust on a TLS connection. */
export type TlsTrust =
  | { readonly kind: 'authorities'; readonly ca?: string }
  | { readonly kind: 'fingerprints'; readonly sha256: readonly string[] }
  | { readonly kind: 'anybody' }

/** Reads whom to trust; undefined where TLS is not spoken. @throws SwitchFailure for an unreadable ssl_ca_file */
export async function readTlsTrust(read: ReadOption, byDefault: boolean): Promise<TlsTrust | undefined> {
  const fingerprint = read(commonOptions.sslFingerprint)
  const caFile = read(commonOptions.sslCaFile)
  const insecure = read(commonOptions.sslInsecure)
  const secure = read(commonOptions.sslSecure)
  const asked = insecure || secure === true || fingerprint !== undefined || caFile !== undefined
  if (!(read(commonOptions.ssl) ?? (asked || byDefault))) return undefined
  if (fingerprint !== undefined) {
    const sha256 = fingerprint.split(',').map(text => text.replaceAll(':', '').toLowerCase())
    return { kind: 'fingerprints', sha256 }
  }
  if (caFile !== undefined) {
    const file = await readOperatorFile(caFile)
    if (file === undefined || file.code !== 0 || !file.stdout.includes('BEGIN CERTIFICATE'))
      throw new SwitchFailure('final', 'ssl_ca_file cannot be read or holds no PEM certificate on this node')
    return { kind: 'authorities', ca: file.stdout }
  }
  return insecure && secure !== true ? { kind: 'anybody' } : { kind: 'authorities' }
}
