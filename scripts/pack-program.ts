import { createHash } from 'node:crypto'
import { brotliCompressSync, constants } from 'node:zlib'
import type { PackedProgram } from '../lib/bundle/packed-program.ts'

/** A program, and how it stands in the trailer of its bundle: in base64. */
export interface Packing {
  readonly program: PackedProgram
  readonly packed: string
}

/**
 * Packs a program for a bundle: a bundle is read at every monitor, its program compiled only
 * where no earlier run has left it compiled.
 *
 * @param text CommonJS, which may use `require`, and `leaving`: to be called with the exit code before it exits
 * @throws Error when it is not ASCII, as esbuild writes it
 */
export function packProgram(name: string, text: string): Packing {
  const source = `(function(require,leaving){${text}})`
  const bytes = Buffer.from(source, 'latin1')
  if (bytes.some(byte => byte > 127) || bytes.toString('latin1') !== source)
    throw new Error(`${name}: its program is not ASCII`)
  const packed = brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  }).toString('base64')
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 16)
  return { program: { name, digest, length: source.length }, packed }
}
