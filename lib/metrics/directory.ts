import { readText } from '../host/small-file.ts'

/**
 * The folder that node_exporter's textfile collector reads, as the operator wrote it:
 * `METRICS_DIRECTORY=/var/lib/prometheus/node-exporter`. Undefined: metrics are off.
 */
export function metricsDirectory(file: string): string | undefined {
  return directoryIn(readText(file) ?? '')
}

/** As a shell would read it, with or without quotes; the last line counts. */
export function directoryIn(text: string): string | undefined {
  const found = [...text.matchAll(/^[ \t]*METRICS_DIRECTORY=(["']?)(.*?)\1[ \t]*$/gm)].at(-1)?.[2]
  return found === '' ? undefined : found
}
