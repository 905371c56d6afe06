import { docker } from './docker.ts'
import type { Keeper } from './keeper.ts'
import type { Settings } from './parameters.ts'
import { serve } from './serve.ts'
import { systemd } from './systemd.ts'

const keepers = { serve, docker, systemd } as const

export function keeperOf({ mode }: Settings): Keeper {
  return keepers[mode]
}
