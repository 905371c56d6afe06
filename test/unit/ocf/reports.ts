import type { Report } from '../../../lib/ocf/report.ts'

/** A report that keeps what is said, a line each: `warn: text`. */
export function keptReport(): { readonly report: Report; readonly lines: string[] } {
  const lines: string[] = []
  const keep = (level: string) => (text: string) => void lines.push(`${level}: ${text}`)
  const report: Report = {
    error: keep('error'),
    warn: keep('warn'),
    info: keep('info'),
    debug: keep('debug'),
    exitReason: keep('reason'),
    flush: async () => {},
  }
  return { report, lines }
}
