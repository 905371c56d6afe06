// node run-client.ts ADDRESS: asks every service of the house ten times a second until its stdin ends.
import { answerLine } from '../drill/answers.ts'
import { startAsking } from '../drill/asking.ts'
import { HOUSE_SERVICES, houseQuestion } from '../house/services.ts'

const [address = ''] = process.argv.slice(2)
startAsking(
  HOUSE_SERVICES.map(name => ({ name, url: houseQuestion(name, address) })),
  answer => void process.stdout.write(answerLine(answer)),
)
// Whoever started the client holds its stdin: when that one is gone, the client goes too.
process.stdin.resume().on('close', () => process.exit(0))
