import type { Generation, LoadedModel } from './api.ts'

/** Enough to time, few enough not to be felt. */
export const timedTokens = 16

/** What a generation that is too slow means; undefined when it is fast enough, or 0 asks for nothing. */
export function slowness(
  { name }: LoadedModel,
  { tokensPerSecond }: Generation,
  minTokensPerSec: number,
): string | undefined {
  return tokensPerSecond === undefined || tokensPerSecond >= minTokensPerSec
    ? undefined
    : `${name} makes ${tokensPerSecond.toFixed(1)} tokens/s, min_tokens_per_sec is ${minTokensPerSec}: CPU, or a slow GPU`
}
