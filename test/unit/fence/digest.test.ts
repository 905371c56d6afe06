import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { digestAuthorization, parseChallenges } from '../../../fence/digest.ts'

const request = { method: 'GET', uri: '/dir/index.html', username: 'Mufasa', password: 'Circle of Life' }

/** The response as RFC 7616 3.4.1 computes it, from the fields that were sent. */
function expected(header: string, hash: string): string {
  const field = (name: string) => new RegExp(`${name}="?([^",]+)`).exec(header)?.[1] ?? ''
  const h = (text: string) => createHash(hash).update(text).digest('hex')
  const secret = h(`${request.username}:${field('realm')}:${request.password}`)
  return h(`${secret}:${field('nonce')}:${field('nc')}:${field('cnonce')}:auth:${h(`GET:${request.uri}`)}`)
}

test.each(['SHA-256', 'MD5'])(
  'an answer to %s counts its nonce 00000001 and repeats what it was asked',
  algorithm => {
    const [challenge] = parseChallenges(
      `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v=", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`,
    )
    if (challenge === undefined) throw new Error('no challenge was read')
    const header = digestAuthorization(challenge, request) ?? ''
    expect(header).toContain('nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v="')
    expect(header).toContain('nc=00000001')
    expect(header).toContain(`algorithm=${algorithm}`)
    expect(header).toContain(`response="${expected(header, algorithm === 'MD5' ? 'md5' : 'sha256')}"`)
  },
)

test('the example of RFC 2069 without qop gives the known response', () => {
  const [challenge] = parseChallenges(
    'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"',
  )
  if (challenge === undefined) throw new Error('no challenge was read')
  const secret = createHash('md5').update('Mufasa:testrealm@host.com:Circle of Life').digest('hex')
  const what = createHash('md5').update('GET:/dir/index.html').digest('hex')
  const response = createHash('md5')
    .update(`${secret}:dcd98b7102dd2f0e8b11d0f600bfb0c093:${what}`)
    .digest('hex')
  expect(digestAuthorization(challenge, request)).toContain(`response="${response}"`)
})

test('several challenges in one header are told apart', () => {
  const challenges = parseChallenges('Basic realm="a, b", Digest realm="c", nonce="x=y==", stale=true')
  expect(challenges.map(({ scheme }) => scheme)).toEqual(['basic', 'digest'])
  expect(challenges[0]?.parameters.get('realm')).toBe('a, b')
  expect(challenges[1]?.parameters.get('nonce')).toBe('x=y==')
})

test('an algorithm that is not spoken here is not answered', () => {
  const [challenge] = parseChallenges('Digest realm="r", nonce="n", algorithm=SHA-512-256-sess')
  expect(challenge && digestAuthorization(challenge, request)).toBeUndefined()
})
