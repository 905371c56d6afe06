import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { NodeName } from './plan.ts'

export const RUN_ROOT = '/run/haha-lab'
export const DATA_ROOT = '/var/lib/haha-lab'

/** Every place on the host that one cluster touches, known from its name alone. */
export interface ClusterPlace {
  readonly name: string
  /** Records, sockets, logs: what a reboot of the host would clear. */
  readonly run: string
  /** What is large: the data of the nodes' engines, the shared folder. */
  readonly data: string
  /** The plan, and who owns the cluster. */
  readonly record: string
  readonly controllerSocket: string
  readonly controllerLog: string
  /** A tmpfs with the nodes' writable layers. */
  readonly disks: string
  readonly shared: string
  /** Network namespace of the two switches. */
  readonly switch: string
  readonly client: string
  /** Folder of the host's cgroup2 tree. */
  readonly cgroup: string
}

export interface NodePlace {
  readonly netns: string
  /** Identity of the node's pid 1, while it runs. */
  readonly pidFile: string
  readonly console: string
  readonly upper: string
  readonly work: string
  /** Mount point of the node's root, in the node's own mount namespace. */
  readonly root: string
  /** Data root of the node's engine, which cannot lie on an overlay. */
  readonly docker: string
  readonly cgroup: string
  /** Control group of the commands that come in from the host. */
  readonly commands: string
}

export function clusterPlace(name: string): ClusterPlace {
  const run = join(RUN_ROOT, name)
  const data = join(DATA_ROOT, name)
  return {
    name,
    run,
    data,
    record: join(run, 'cluster.json'),
    controllerSocket: join(run, 'controller.sock'),
    controllerLog: join(run, 'controller.log'),
    disks: join(run, 'disks'),
    shared: join(data, 'shared'),
    switch: `${namespacePrefix(name)}switch`,
    client: `${namespacePrefix(name)}client`,
    cgroup: join(cgroup2Root(), 'haha-lab', name),
  }
}

/** A dot ends the name: clusters may be called `a` and `a-b`. */
export const namespacePrefix = (name: string): string => `haha-lab-${name}.`

export function nodePlace(cluster: ClusterPlace, node: NodeName): NodePlace {
  const disk = join(cluster.disks, node)
  return {
    netns: `${namespacePrefix(cluster.name)}${node}`,
    pidFile: join(cluster.run, `${node}.pid`),
    console: join(cluster.run, `${node}.console`),
    upper: join(disk, 'upper'),
    work: join(disk, 'work'),
    root: join(disk, 'root'),
    docker: join(cluster.data, node, 'docker'),
    cgroup: join(cluster.cgroup, node),
    commands: join(cluster.cgroup, node, 'commands'),
  }
}

/** A control group as /proc/PID/cgroup names it. */
export const cgroupName = (folder: string): string => `/${relative(cgroup2Root(), folder)}`

/** Where this host has cgroup2: at the top, or beside the hierarchies of version 1. */
export function cgroup2Root(): string {
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    const [before = '', after = ''] = line.split(' - ')
    const path = before.split(' ')[4]
    if (after.startsWith('cgroup2 ') && path !== undefined) return path
  }
  throw new Error('this machine has no cgroup2 mounted: the systemd of the nodes cannot do without')
}
