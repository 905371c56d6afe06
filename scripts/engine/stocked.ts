import { cached, contentKey } from './cache.ts'
import { type Engine, type EngineOptions, startEngine } from './engine.ts'
import { IMAGES, type ImageName, layerTar } from './image-recipes.ts'
import { loadImages } from './images.ts'
import type { EngineVersion } from './packages.ts'
import { enginePrograms } from './packages.ts'

/** Starts an engine that has these images from the start; the first time for a set they are built. */
export async function startStockedEngine(
  options: EngineOptions,
  images: readonly ImageName[],
): Promise<Engine> {
  return startEngine({ ...options, imageStore: await imageStore(options.version, images) })
}

/** Loading the real services takes 20 s an engine, linking a loaded store one or two. */
async function imageStore(version: EngineVersion, images: readonly ImageName[]): Promise<string> {
  const parts = [await enginePrograms(version)]
  for (const name of [...images].sort()) {
    parts.push(name, JSON.stringify(IMAGES[name]))
    for (const layer of IMAGES[name].layers) parts.push(await layerTar(layer))
  }
  return cached(`store-${version}-${contentKey(...parts)}`, async folder => {
    const engine = await startEngine({ name: `store-${version}-${process.pid}`, version })
    try {
      await loadImages(engine, images)
      await engine.stopKeepingImages(folder)
    } finally {
      await engine.stop()
    }
  })
}
