import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { execa } from 'execa'
import { cacheFolder } from './cache.ts'
import type { Engine } from './engine.ts'
import { IMAGES, type Image, type ImageName, layerTar } from './image-recipes.ts'

export type { ImageName } from './image-recipes.ts'

/**
 * Puts images into an engine, building what is not cached. One archive for all of them, so that a layer
 * they share crosses only once.
 */
export async function loadImages(engine: Engine, names: readonly ImageName[]): Promise<void> {
  const present = await engine.docker(['images', '--format', '{{.Repository}}:{{.Tag}}'])
  const missing = names.filter(name => !present.stdout.split('\n').includes(name))
  if (missing.length === 0) return
  const load = { env: await engine.environment(), buffer: false, timeout: 300_000 } as const
  await withImageArchive(missing, folder =>
    execa('tar', archiveOf(folder), { buffer: false }).pipe('docker', ['load'], load),
  )
}

/** Arguments of a tar that writes an archive for `docker load` to its standard output. */
export const archiveOf = (folder: string): string[] => ['-C', folder, '--dereference', '-c', '.']

/** Lays out an archive of images for as long as `use` needs it; see `archiveOf`. */
export async function withImageArchive(
  names: readonly ImageName[],
  use: (folder: string) => Promise<unknown>,
): Promise<void> {
  const layers = new Map<string, BuiltLayer>()
  for (const name of names) {
    for (const layer of IMAGES[name].layers) {
      if (!layers.has(layer)) layers.set(layer, await builtLayer(await layerTar(layer)))
    }
  }
  const folder = await mkdtemp(join(cacheFolder(), '.archive-'))
  try {
    for (const [layer, { tar }] of layers) await symlink(tar, join(folder, `${layer}.tar`))
    const manifest = []
    for (const name of names) {
      const config = imageConfiguration(IMAGES[name], layers)
      const file = `${sha256(config)}.json`
      await writeFile(join(folder, file), config)
      manifest.push({
        Config: file,
        RepoTags: [name],
        Layers: IMAGES[name].layers.map(layer => `${layer}.tar`),
      })
    }
    await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest))
    await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

interface BuiltLayer {
  readonly tar: string
  /** What Docker calls the diff id: the digest of the uncompressed tar. */
  readonly digest: string
}

/** The digest is kept beside the tar: hashing 130 MB for each engine would cost more than loading them. */
async function builtLayer(tar: string): Promise<BuiltLayer> {
  const kept = await readFile(`${tar}.sha256`, 'utf8').catch(() => '')
  if (/^[0-9a-f]{64}$/.test(kept)) return { tar, digest: kept }
  const hash = createHash('sha256')
  await pipeline(createReadStream(tar), hash)
  const digest = hash.digest('hex')
  await writeFile(`${tar}.sha256`, digest)
  return { tar, digest }
}

function imageConfiguration(image: Image, layers: ReadonlyMap<string, BuiltLayer>): string {
  const path = 'PATH=/usr/bin:/bin'
  return JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config: { ...image.config, Env: [path, 'HOME=/root', ...(image.config.Env ?? [])] },
    rootfs: { type: 'layers', diff_ids: image.layers.map(name => `sha256:${layers.get(name)?.digest}`) },
    history: image.layers.map(name => ({ created: '1970-01-01T00:00:00Z', created_by: name })),
  })
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
