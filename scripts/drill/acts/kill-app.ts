import type { Resource } from '../../pacemaker/cib.ts'
import type { Act, ActOutcome, ActSource } from '../act.ts'
import { lastLine } from '../cluster-tools.ts'
import { type OnNode, onNode, quoted, unreachable } from '../on-node.ts'
import { isSettled } from '../settled.ts'

/** A process whose death the cluster has to notice. */
interface Victim {
  readonly what: string
  /** Prints its process id. */
  readonly pid: string
}

type Found = { readonly ok: true; readonly victim: Victim } | { readonly ok: false; readonly fault: string }

/** The main process of one container dies; nobody tells the cluster. */
export async function killApp(source: ActSource): Promise<ActOutcome> {
  const { aim, here } = source.situation
  const away = await unreachable(aim.node, here, source.order)
  if (away !== undefined) return { ok: false, faults: [away] }
  const there = onNode(aim.node, here, source.order)
  const found = await victimOf(source, there)
  if (!found.ok) return { ok: false, faults: [found.fault] }
  const { what, pid } = found.victim
  const kill = `pid=$(${pid}) && [ "$pid" -gt 1 ] && kill -KILL "$pid"`
  const act: Act = {
    plan: {
      does: [`on ${aim.node}: ends ${what} with SIGKILL`],
      expects: [
        `the next monitor of ${aim.resource} on ${aim.node} notices and it is restarted, there or elsewhere`,
        'nobody is fenced',
      ],
      undoes: ['nothing: what was killed is started again by the cluster'],
    },
    async make(stage) {
      stage.fault(`${what} on ${aim.node} is killed`)
      const result = await there(kill)
      if (result.code !== 0)
        throw new Error(`${what} could not be killed on ${aim.node}: ${lastLine(result)}`)
    },
    isOver: ({ picture, noticed }) => noticed && isSettled(picture, aim.resource),
  }
  return { ok: true, act }
}

async function victimOf({ situation, order, services }: ActSource, there: OnNode): Promise<Found> {
  const members = situation.configuration.resources.filter(({ id }) =>
    situation.aim.members.some(member => member.id === id),
  )
  const stack = members.find(({ agent }) => agent === 'ocf:haha:compose-stack')
  if (stack !== undefined)
    return inStack(
      stack,
      order.service,
      services.map(({ name }) => name),
      there,
    )
  const single = members.flatMap(simpleVictim)[0]
  return single === undefined
    ? {
        ok: false,
        fault: `${situation.aim.resource} has nothing that this drill knows how to kill; try fence or move`,
      }
    : { ok: true, victim: single }
}

async function inStack(
  stack: Resource,
  wanted: string | undefined,
  watched: readonly string[],
  there: OnNode,
): Promise<Found> {
  const directory = stack.parameters.get('directory') ?? ''
  const label = `label=com.docker.compose.project.working_dir=${directory.replace(/\/+$/, '')}`
  const format = '{{.Label "com.docker.compose.service"}} {{.ID}}'
  const result = await there(`docker ps --filter ${quoted(label)} --format ${quoted(format)}`)
  if (result.code !== 0) return { ok: false, fault: `docker ps told nothing: ${lastLine(result)}` }
  const running = new Map(
    result.stdout
      .trim()
      .split('\n')
      .map(line => line.split(' '))
      .flatMap(([service = '', id = '']) => (id === '' ? [] : [[service, id] as const])),
  )
  const service = wanted ?? watched.find(name => running.has(name)) ?? [...running.keys()][0]
  const id = service === undefined ? undefined : running.get(service)
  if (service === undefined || id === undefined)
    return {
      ok: false,
      fault: `no container of ${stack.id} runs ${wanted ?? 'there'}; running: ${[...running.keys()].join(', ')}`,
    }
  return {
    ok: true,
    victim: {
      what: `the main process of service ${service} (container ${id})`,
      pid: `docker inspect --format '{{.State.Pid}}' ${quoted(id)}`,
    },
  }
}

function simpleVictim({ agent, parameters }: Resource): Victim[] {
  const container = parameters.get('name')
  const engine = /^ocf:heartbeat:(docker|podman)$/.exec(agent)?.[1]
  if (engine !== undefined && container !== undefined)
    return [
      {
        what: `the main process of container ${container}`,
        pid: `${engine} inspect --format '{{.State.Pid}}' ${quoted(container)}`,
      },
    ]
  const unit = /^systemd:(.+)$/.exec(agent)?.[1]
  return unit === undefined
    ? []
    : [
        {
          what: `the main process of unit ${unit}`,
          pid: `systemctl show --property MainPID --value ${quoted(unit)}`,
        },
      ]
}
