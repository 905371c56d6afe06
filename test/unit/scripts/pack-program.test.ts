import { brotliDecompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { packProgram } from '../../../scripts/pack-program.ts'

test('a packed program unpacks into a function of require, of the length and digest that are told', () => {
  const { program, packed } = packProgram('agent', 'require("node:fs").existsSync("/")\n')
  const source = brotliDecompressSync(Buffer.from(packed, 'base64')).toString('latin1')
  expect(source).toBe('(function(require,leaving){require("node:fs").existsSync("/")\n})')
  expect(program).toMatchObject({ name: 'agent', length: source.length })
  expect(packProgram('agent', 'require("node:fs").existsSync("/")\n')).toEqual({ program, packed })
  expect(packProgram('agent', 'require("node:fs").existsSync("/x")\n').program.digest).not.toBe(
    program.digest,
  )
})

test.each(['"é"', '"𝄞"', '"…"'])(
  'a program with %s in it is refused: its length in bytes is counted on',
  text => {
    expect(() => packProgram('agent', text)).toThrow('agent: its program is not ASCII')
  },
)
