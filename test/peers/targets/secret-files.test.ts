import { randomBytes } from 'node:crypto'
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readKey, readLogin } from '../../../agents/network-peripheral/key-file.ts'

const scratch = mkdtempSync(join(tmpdir(), 'targets-secrets-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

function fileWith(text: string, mode = 0o600, owner = 0): string {
  const path = join(scratch, randomBytes(6).toString('hex'))
  writeFileSync(path, text)
  chownSync(path, owner, 0)
  chmodSync(path, mode)
  return path
}

const key = randomBytes(32)

describe('a key of ESPHome targets', () => {
  test.each([key.toString('base64'), `${key.toString('base64')}\r\n# of the proxy\n`])(
    'is the first line of its file',
    text => {
      expect(readKey(fileWith(text))).toEqual({ kind: 'key', bytes: key })
    },
  )

  test.each([
    ['an empty file', ''],
    ['half a key', key.subarray(0, 16).toString('base64')],
    ['a key and a half', Buffer.concat([key, key.subarray(0, 16)]).toString('base64')],
    ['hexadecimal', key.toString('hex')],
    ['another alphabet', `${'-'.repeat(43)}=`],
    ['a novel', 'x'.repeat(5000)],
  ])('%s is refused, and not repeated', (_, text) => {
    const answer = readKey(fileWith(text))
    expect(answer).toMatchObject({ kind: 'wrong' })
    if (text !== '') expect(JSON.stringify(answer)).not.toContain(text)
  })

  test.each([
    ['others may read', 0o644, 0],
    ['a group may read', 0o640, 0],
    ['somebody else owns', 0o600, 1000],
  ])('a file that %s is refused', (_, mode, owner) => {
    expect(readKey(fileWith(key.toString('base64'), mode, owner))).toMatchObject({
      kind: 'wrong',
      problem: expect.stringContaining('chmod 0600'),
    })
  })

  test('a file that is not there, or is a folder, is told', () => {
    expect(readKey(join(scratch, 'none'))).toMatchObject({ problem: expect.stringContaining('ENOENT') })
    expect(readKey(scratch)).toMatchObject({ kind: 'wrong' })
    expect(readKey(undefined)).toEqual({ kind: 'none' })
  })
})

describe('a login of MQTT targets', () => {
  test('is user and password, which may hold colons', () => {
    expect(readLogin(fileWith('probe:a:b:c\n'))).toEqual({
      kind: 'key',
      login: { username: 'probe', password: 'a:b:c' },
    })
  })

  test.each(['', 'probe', ':secret'])('%j is refused, and not repeated', text => {
    const answer = readLogin(fileWith(text))
    expect(answer).toMatchObject({ kind: 'wrong', problem: expect.stringContaining('user:password') })
    expect(JSON.stringify(answer)).not.toContain(':secret')
  })
})
