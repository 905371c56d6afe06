// node run-client.ts ADDRESS: asks every service of the house ten times a second until its stdin ends.
// Each question has a connection and a time limit of its own; none waits for the one before.
import { parseProbeUrl, probe } from '../../lib/net/probe.ts'
import { answerLine } from '../drill/answers.ts'
import { HOUSE_SERVICES, type HouseService, houseQuestion } from '../house/services.ts'

const EVERY_MS = 100
const LIMIT_MS = 1_000

const [address = ''] = process.argv.slice(2)
HOUSE_SERVICES.forEach((service, index) => {
  // Spread over the tenth of a second: five at once would wait for each other.
  setTimeout(() => keepAsking(service), (index * EVERY_MS) / HOUSE_SERVICES.length)
})
// Whoever started the client holds its stdin: when that one is gone, the client goes too.
process.stdin.resume().on('close', () => process.exit(0))

function keepAsking(service: HouseService): void {
  const target = parseProbeUrl(houseQuestion(service, address))
  if (target === undefined) throw new Error(`no address: ${address}`)
  const ask = async (): Promise<void> => {
    const sentMs = Date.now()
    const { ok } = await probe(target, { timeoutMs: LIMIT_MS, tries: 1, pauseMs: 0 })
    process.stdout.write(answerLine({ service, sentMs, doneMs: Date.now(), ok }))
  }
  setInterval(() => void ask(), EVERY_MS)
}
