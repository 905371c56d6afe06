import { accessSync } from 'node:fs'
import { join } from 'node:path'
import { composePrograms } from '../engine/packages.ts'
import type { Measured } from './cpu-time.ts'
import type { RunningStack } from './stack.ts'

/** What people use today, looking at the same stack on the same engine. */
export interface Rivals {
  /** heartbeat:docker-compose: the whole stack. */
  readonly composeAgent: Measured
  /** heartbeat:docker: one container. */
  readonly dockerAgent: Measured
  readonly dockerPs: Measured
}

const agents = '/usr/lib/ocf/resource.d/heartbeat'

/** @throws Error when the Debian package of the rival agents is not installed */
export async function rivals(stack: RunningStack): Promise<Rivals> {
  try {
    accessSync(join(agents, 'docker-compose'))
  } catch {
    throw new Error(
      'the rival agents are not installed: apt-get install resource-agents-extra resource-agents',
    )
  }
  const environment = await stack.engine.environment()
  const base = {
    ...environment,
    LC_ALL: 'C',
    OCF_ROOT: '/usr/lib/ocf',
    OCF_RESKEY_CRM_meta_interval: '20000',
  }
  const { stdout } = await stack.engine.docker(['ps', '--filter', 'name=web', '--format', '{{.Names}}'])
  return {
    composeAgent: {
      argv: [join(agents, 'docker-compose'), 'monitor'],
      env: {
        ...base,
        OCF_RESOURCE_INSTANCE: 'p_rival',
        OCF_RESKEY_dirpath: stack.directory,
        OCF_RESKEY_ymlfile: 'docker-compose.yml',
        OCF_RESKEY_binpath: join(await composePrograms('v2-newest'), 'docker-compose'),
      },
    },
    dockerAgent: {
      argv: [join(agents, 'docker'), 'monitor'],
      env: {
        ...base,
        OCF_RESOURCE_INSTANCE: 'p_rival',
        OCF_RESKEY_image: 'haha/standin:1',
        OCF_RESKEY_name: stdout.trim(),
      },
    },
    dockerPs: { argv: [join(stack.engine.programs, 'docker'), 'ps'], env: base },
  }
}
