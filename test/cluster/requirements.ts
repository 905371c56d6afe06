import { missingGround } from '../../scripts/lab/ground.ts'

/** Why this machine cannot carry the layer; undefined: it can. */
export const missing = (): Promise<string | undefined> => missingGround()
