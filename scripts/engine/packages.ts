import { access, chmod, mkdir, readlink, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cached, contentKey } from './cache.ts'
import { bindToOwnLibraries, type DebianSuite, runInTree, unpackPackages } from './debian.ts'

/** The oldest and the newest Docker engine that Debian still offers. */
export type EngineVersion = 'oldest' | 'newest'

/** `v1` is the Python docker-compose 1.29, the others are Compose v2 of Debian 13 and of Debian testing. */
export type ComposeVersion = 'v1' | 'v2-oldest' | 'v2-newest'

interface Recipe {
  /** Tried in this order: Debian testing may be without a working package for a while. */
  readonly suites: readonly DebianSuite[]
  readonly packages: readonly string[]
  readonly executables: readonly string[]
}

const ENGINE_EXECUTABLES = [
  'usr/bin/containerd',
  'usr/bin/containerd-shim-runc-v2',
  'usr/bin/docker',
  'usr/sbin/docker-proxy',
  'usr/sbin/dockerd',
  'usr/sbin/runc',
] as const
const COMPOSE_PLUGIN = 'usr/libexec/docker/cli-plugins/docker-compose'
const PYTHON = 'usr/bin/python3.11'

const ENGINES: Record<EngineVersion, Recipe> = {
  oldest: { suites: ['bookworm'], packages: ['docker.io'], executables: ENGINE_EXECUTABLES },
  newest: {
    suites: ['forky', 'trixie'],
    packages: ['docker.io', 'docker-cli'],
    executables: ENGINE_EXECUTABLES,
  },
}

const COMPOSES: Record<ComposeVersion, Recipe> = {
  v1: { suites: ['bookworm'], packages: ['docker-compose'], executables: [PYTHON] },
  'v2-oldest': { suites: ['trixie'], packages: ['docker-compose'], executables: [COMPOSE_PLUGIN] },
  'v2-newest': { suites: ['forky', 'trixie'], packages: ['docker-compose'], executables: [COMPOSE_PLUGIN] },
}

/** @returns a folder that holds exactly the engine's programs, to be put in front of PATH */
export async function enginePrograms(version: EngineVersion): Promise<string> {
  const root = await tree(`engine-${version}`, ENGINES[version], async (folder, final) => {
    await runInTree(folder, join(folder, 'usr/sbin/dockerd'), ['--version'])
    const programs = join(folder, 'programs')
    await mkdir(programs)
    for (const path of ENGINE_EXECUTABLES) await linkProgram(programs, join(final, path))
    await symlink(join(final, await initProgram(folder)), join(programs, 'docker-init'))
  })
  return join(root, 'programs')
}

/** @returns the folder with `docker-compose`: for v1 a program for PATH, for v2 a CLI plugin */
export async function composePrograms(version: ComposeVersion): Promise<string> {
  const root = await tree(`compose-${version}`, COMPOSES[version], async (folder, final) => {
    const programs = join(folder, 'programs')
    await mkdir(programs)
    if (version !== 'v1') return linkProgram(programs, join(final, COMPOSE_PLUGIN))
    const script = `#!/bin/sh\nPYTHONHOME=${final}/usr exec ${final}/${PYTHON} ${final}/usr/bin/docker-compose "$@"\n`
    await writeFile(join(programs, 'docker-compose'), script)
    return chmod(join(programs, 'docker-compose'), 0o755)
  })
  return join(root, 'programs')
}

async function tree(
  name: string,
  recipe: Recipe,
  finish: (folder: string, final: string) => Promise<void>,
): Promise<string> {
  let failure: unknown
  for (const suite of recipe.suites) {
    const key = contentKey(JSON.stringify(recipe), suite, '1')
    try {
      return await cached(`${name}-${suite}-${key}`, async (folder, final) => {
        await unpackPackages(suite, recipe.packages, folder)
        await bindToOwnLibraries(folder, final, recipe.executables)
        await finish(folder, final)
      })
    } catch (error) {
      failure ??= error
    }
  }
  throw new Error(`${name} could not be fetched from Debian ${recipe.suites.join(' or ')}`, {
    cause: failure,
  })
}

const linkProgram = (programs: string, target: string): Promise<void> =>
  symlink(target, join(programs, target.slice(target.lastIndexOf('/') + 1)))

/** The init that `docker run --init` puts into containers: named differently in each Debian. */
async function initProgram(folder: string): Promise<string> {
  for (const path of ['usr/bin/tini-static', 'usr/bin/tini']) {
    const link = await readlink(join(folder, path)).catch(() => '')
    if (
      link === '' &&
      (await access(join(folder, path)).then(
        () => true,
        () => false,
      ))
    )
      return path
  }
  throw new Error('the engine packages hold no tini')
}
