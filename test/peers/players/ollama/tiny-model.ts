import { writeFileSync } from 'node:fs'

/**
 * A language model of the smallest shape that llama.cpp runs, with random weights, as a file of the GGUF
 * format (ggml's docs/gguf.md, version 3): it says nothing, at a real speed.
 */
const shape = { embedding: 256, blocks: 4, feedForward: 1024, heads: 4, context: 4096 } as const

/** <unk>, <s>, </s>, and one token for each byte. */
const tokens = ['<unk>', '<s>', '</s>', ...Array.from({ length: 256 }, (_, byte) => byteToken(byte))]
const tokenTypes = tokens.map((_, at) => (at === 0 ? 2 : at < 3 ? 3 : 6))
const alignment = 32

interface Tensor {
  readonly name: string
  /** The innermost dimension first. */
  readonly size: readonly number[]
}

export function writeTinyModel(path: string): void {
  const metadata = [
    text('general.architecture', 'llama'),
    count('llama.context_length', shape.context),
    count('llama.embedding_length', shape.embedding),
    count('llama.block_count', shape.blocks),
    count('llama.feed_forward_length', shape.feedForward),
    count('llama.attention.head_count', shape.heads),
    count('llama.rope.dimension_count', shape.embedding / shape.heads),
    entry('llama.attention.layer_norm_rms_epsilon', 6, float(1e-5)),
    text('tokenizer.ggml.model', 'llama'),
    list('tokenizer.ggml.tokens', 8, tokens.map(string)),
    list(
      'tokenizer.ggml.scores',
      6,
      tokens.map(() => float(0)),
    ),
    list('tokenizer.ggml.token_type', 5, tokenTypes.map(uint32)),
    count('tokenizer.ggml.bos_token_id', 1),
    count('tokenizer.ggml.eos_token_id', 2),
  ]
  const all = tensors()
  let offset = 0
  const infos = all.map(tensor => {
    const info = [
      string(tensor.name),
      uint32(tensor.size.length),
      ...tensor.size.map(uint64),
      uint32(0),
      uint64(offset),
    ]
    offset += aligned(elements(tensor) * 4)
    return Buffer.concat(info)
  })
  const head = [Buffer.from('GGUF'), uint32(3), uint64(all.length), uint64(metadata.length)]
  writeFileSync(
    path,
    Buffer.concat([padded(Buffer.concat([...head, ...metadata, ...infos])), ...all.map(weights)]),
  )
}

function tensors(): readonly Tensor[] {
  const { embedding, feedForward } = shape
  const blocks = Array.from({ length: shape.blocks }, (_, at) => [
    { name: `blk.${at}.attn_norm.weight`, size: [embedding] },
    { name: `blk.${at}.ffn_norm.weight`, size: [embedding] },
    ...['attn_q', 'attn_k', 'attn_v', 'attn_output'].map(name => ({
      name: `blk.${at}.${name}.weight`,
      size: [embedding, embedding],
    })),
    { name: `blk.${at}.ffn_gate.weight`, size: [embedding, feedForward] },
    { name: `blk.${at}.ffn_up.weight`, size: [embedding, feedForward] },
    { name: `blk.${at}.ffn_down.weight`, size: [feedForward, embedding] },
  ])
  return [
    { name: 'token_embd.weight', size: [embedding, tokens.length] },
    { name: 'output_norm.weight', size: [embedding] },
    { name: 'output.weight', size: [embedding, tokens.length] },
    ...blocks.flat(),
  ]
}

const elements = ({ size }: Tensor): number => size.reduce((product, one) => product * one, 1)

/** Norms are ones, all else is small noise, the same at every run. */
function weights(tensor: Tensor): Buffer {
  const values = new Float32Array(elements(tensor))
  let seed = 1
  for (let at = 0; at < values.length; at += 1) {
    seed = (seed * 48_271) % 2_147_483_647
    values[at] = tensor.name.includes('norm') ? 1 : (seed / 2_147_483_647 - 0.5) / 8
  }
  return padded(Buffer.from(values.buffer))
}

function byteToken(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`
}

const aligned = (bytes: number): number => Math.ceil(bytes / alignment) * alignment

const padded = (bytes: Buffer): Buffer =>
  Buffer.concat([bytes, Buffer.alloc(aligned(bytes.length) - bytes.length)])

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

function float(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatLE(value)
  return bytes
}

function string(value: string): Buffer {
  return Buffer.concat([uint64(Buffer.byteLength(value)), Buffer.from(value)])
}

/** Types of the format: 4 uint32, 5 int32, 6 float32, 8 string, 9 array. */
function entry(key: string, type: number, value: Buffer): Buffer {
  return Buffer.concat([string(key), uint32(type), value])
}

const text = (key: string, value: string): Buffer => entry(key, 8, string(value))
const count = (key: string, value: number): Buffer => entry(key, 4, uint32(value))
const list = (key: string, type: number, values: readonly Buffer[]): Buffer =>
  entry(key, 9, Buffer.concat([uint32(type), uint64(values.length), ...values]))
