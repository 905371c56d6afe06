import { parseRequest, USAGE, UsageError } from './command-line.ts'
import { obey } from './verbs.ts'

const interrupted = new AbortController()
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => interrupted.abort(new Error(`interrupted by ${name}`)))
}

async function main(): Promise<number> {
  try {
    return await obey(parseRequest(process.argv.slice(2)), interrupted.signal)
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`scripts/cluster: ${error.message}\n${USAGE}`)
      return 2
    }
    console.error(`scripts/cluster: ${error instanceof Error ? error.message : String(error)}`)
    return interrupted.signal.aborted ? 130 : 1
  }
}

process.exit(await main())
