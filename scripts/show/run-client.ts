// node run-client.ts ADDRESS: asks every service of the house until its stdin ends, ten times a second or as a line
// of its stdin says, in milliseconds.
import { createInterface } from 'node:readline'
import { answerLine } from '../drill/answers.ts'
import { EVERY_MS, startAsking } from '../drill/asking.ts'
import { HOUSE_SERVICES, houseQuestion } from '../house/services.ts'

const [address = ''] = process.argv.slice(2)
const services = HOUSE_SERVICES.map(name => ({ name, url: houseQuestion(name, address) }))
const ask = (everyMs: number) =>
  startAsking(services, answer => void process.stdout.write(answerLine(answer)), everyMs)
let asking = ask(EVERY_MS)
createInterface({ input: process.stdin })
  .on('line', line => {
    asking.stop()
    asking = ask(Number(line))
  })
  // Whoever started the client holds its stdin: when that one is gone, the client goes too.
  .on('close', () => process.exit(0))
