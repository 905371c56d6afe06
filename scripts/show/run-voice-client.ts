// node run-voice-client.ts ADDRESS: five times a second asks the model of the house for one token, and asks
// whether its port is answered at all, until its stdin ends. None of the questions waits for the one before.
import { httpRequest } from '../../lib/net/http.ts'
import { answerLine } from '../drill/answers.ts'
import { VOICE_MODEL, VOICE_PORT } from '../house/voice.ts'
import { VOICE_ANSWERS, VOICE_PORT_ANSWERS } from './voice-answers.ts'

const EVERY_MS = 200
const LIMIT_MS = 1_000

const [host = ''] = process.argv.slice(2)
const target = { host, port: VOICE_PORT }
// Without keep_alive and with the context that is loaded: a question must not reload the model.
const wish = {
  model: VOICE_MODEL,
  prompt: 'hi',
  stream: false,
  options: { num_ctx: 4096, num_predict: 1 },
}

keepAsking(VOICE_ANSWERS, async () => {
  const body = JSON.stringify(wish)
  const reply = await httpRequest(target, {
    ...{ method: 'POST', path: '/api/generate', body, timeoutMs: LIMIT_MS },
    headers: { 'Content-Type': 'application/json' },
  })
  return reply.status === 200 && reply.text().includes('"eval_count":1')
})
keepAsking(VOICE_PORT_ANSWERS, async () => {
  const reply = await httpRequest(target, { path: '/', timeoutMs: LIMIT_MS })
  return reply.status === 200
})
// Whoever started the client holds its stdin: when that one is gone, the client goes too.
process.stdin.resume().on('close', () => process.exit(0))

function keepAsking(service: string, question: () => Promise<boolean>): void {
  const ask = async (): Promise<void> => {
    const sentMs = Date.now()
    const ok = await question().catch(() => false)
    process.stdout.write(answerLine({ service, sentMs, doneMs: Date.now(), ok }))
  }
  setInterval(() => void ask(), EVERY_MS)
}
