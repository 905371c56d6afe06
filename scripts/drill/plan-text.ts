import type { PlanLines } from './act.ts'
import { seconds } from './figures.ts'
import { KIND_FACTS } from './kinds.ts'
import type { DrillSummary } from './record.ts'
import type { Situation } from './refusals.ts'
import { minute } from './report.ts'
import type { WatchedService } from './services.ts'

/** The plan as the operator is shown it before anything is done. */
export function planText(
  { kind, aim, here }: Situation,
  plan: PlanLines | undefined,
  services: readonly WatchedService[],
  last: DrillSummary | undefined,
): string {
  const before =
    last === undefined
      ? [`this is the first ${kind} of ${aim.resource} on record here`]
      : [`the last ${kind} (${minute(last.faultMs)}): longest outage ${seconds(last.figures.outage ?? 0)}`]
  return [
    `haha-drill ${kind}: ${KIND_FACTS[kind].title}`,
    ...block('what', [`${aim.resource} (${aim.members.map(({ id }) => id).join(', ')}), now on ${aim.node}`]),
    ...block('does', plan?.does ?? []),
    ...block('expects', [...(plan?.expects ?? []), ...before]),
    ...block('undoes', plan?.undoes ?? []),
    ...block(
      'watches',
      services.map(({ name, url }) => `${name}  ${url}`),
    ),
    ...block('from', [`${here}, ten times a second`]),
  ].join('\n')
}

const block = (name: string, lines: readonly string[]): string[] =>
  lines.map((line, index) => `  ${(index === 0 ? name : '').padEnd(8)} ${line}`)
