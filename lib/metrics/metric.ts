/** What Prometheus is told once of all series of one name. Names and units as its conventions ask. */
export interface Metric<Label extends string = string> {
  readonly name: string
  readonly type: 'gauge' | 'counter'
  /** One sentence, the same in every file: node_exporter drops a series whose help differs. */
  readonly help: string
  readonly labels: readonly Label[]
}

/** One series with its value. */
export interface Sample {
  readonly metric: Metric
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export function gauge<const Label extends string>(
  name: string,
  help: string,
  ...labels: readonly Label[]
): Metric<Label> {
  return { name, type: 'gauge', help, labels }
}

/** A count that only grows until the node boots; its name ends in `_total`. */
export function counter<const Label extends string>(
  name: string,
  help: string,
  ...labels: readonly Label[]
): Metric<Label> {
  return { name, type: 'counter', help, labels }
}

/** A value of a metric, with all of its labels and no other. */
export function sample<Label extends string>(
  metric: Metric<Label>,
  value: number | boolean,
  labels: Readonly<Record<Label, string>>,
): Sample {
  return { metric, labels, value: Number(value) }
}
