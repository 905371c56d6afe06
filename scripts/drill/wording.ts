import type { LoggedEvent } from './node-logs.ts'

/**
 * An event of the log as the operator is told it; undefined for what is of no interest.
 *
 * @param story resources whose starts and stops are told
 */
export function wording(event: LoggedEvent, story: readonly string[]): string | undefined {
  switch (event.kind) {
    case 'lost':
      // A cut-off node's view of the others is told as such.
      return `${event.toldBy} holds ${event.node} for lost`
    case 'joined':
      return event.toldBy === event.node ? undefined : `${event.toldBy} sees ${event.node} as a member`
    case 'fence-requested':
      return `${event.toldBy} asks for ${event.node} to be fenced`
    case 'fenced':
      return event.ok ? `${event.node} is fenced` : `fencing of ${event.node} failed`
    case 'action':
      if (event.toldBy !== event.node) return undefined
      // Monitors that go well are silence; starts and stops are the story.
      return event.result !== 'ok' || (story.includes(event.resource) && event.action !== 'monitor')
        ? [`${event.action} of ${event.resource} on ${event.node}: ${event.result}`, event.reason ?? []]
            .flat()
            .join(': ')
        : undefined
  }
}
