import { expect, test } from 'vitest'
import { askAt, readAddress } from '../../../agents/ollama-gpu/address.ts'

test.each([
  ['127.0.0.1:11434', { host: '127.0.0.1', port: 11434 }],
  ['0.0.0.0', { host: '0.0.0.0', port: 11434 }],
  ['localhost:8080', { host: '127.0.0.1', port: 8080 }],
  ['http://192.0.2.7:1234/', { host: '192.0.2.7', port: 1234 }],
  ['[::1]:11434', { host: '::1', port: 11434 }],
  ['ollama.lan:11434', undefined],
  ['127.0.0.1:0', undefined],
  ['127.0.0.1:70000', undefined],
  ['https://127.0.0.1', undefined],
  ['', undefined],
])('%s is where a server listens, as Ollama reads OLLAMA_HOST', (text, expected) => {
  expect(readAddress(text)).toEqual(expected)
})

test('a server that listens everywhere is asked on loopback', () => {
  expect(askAt({ host: '0.0.0.0', port: 1 })).toEqual({ host: '127.0.0.1', port: 1 })
  expect(askAt({ host: '::', port: 1 })).toEqual({ host: '::1', port: 1 })
  expect(askAt({ host: '192.0.2.7', port: 1 })).toEqual({ host: '192.0.2.7', port: 1 })
})
