import type { Keeper } from './keeper.ts'
import type { Settings } from './parameters.ts'
import { serve } from './serve.ts'

export function keeperOf({ mode }: Settings): Keeper {
  switch (mode) {
    case 'serve':
      return serve
    case 'docker':
    case 'systemd':
      return serve
  }
}
