import { missingGround } from '../../scripts/guests/ground.ts'

/** Why this machine cannot carry the layer; undefined: it can. */
export async function missing(): Promise<string | undefined> {
  return await missingGround()
}
