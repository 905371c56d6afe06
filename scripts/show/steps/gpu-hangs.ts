import { pause } from '../../../lib/host/clock.ts'
import type { LoggedEvent } from '../../drill/node-logs.ts'
import { measureOutage } from '../../drill/outage.ts'
import { until } from '../../drill/waiting.ts'
import { PlayedVoice } from '../../house/played-voice.ts'
import { HOUSE_SERVICES } from '../../house/services.ts'
import { TOKEN_SECONDS, VOICE, VOICE_PROGRAM, voiceConfiguration } from '../../house/voice.ts'
import type { NodeName } from '../../lab/plan.ts'
import { type Client, startClient } from '../client.ts'
import { addressAfter } from '../network-addresses.ts'
import { commandsIn } from '../node-processes.ts'
import { cleanupIn } from '../reading.ts'
import { activeNode, arbiterOf, otherWorker, type Stage, untilOnline } from '../stage.ts'
import type { StepDraft, StepPlan } from '../step-draft.ts'
import { VOICE_ANSWERS, VOICE_PORT_ANSWERS } from '../voice-answers.ts'

const SHOWN_MS = 1_500

/** (g) The runner hangs with its GPU; the server in front of it answers every health check. */
export const gpuHangs: StepPlan = {
  key: 'g',
  title: 'the GPU hangs; the voice answers from the other node',
  floor: 'none',
  judged: false,
  async run(stage, draft) {
    const victim = activeNode(stage)
    const heir = otherWorker(stage, victim)
    await untilOnline(stage, heir, victim, 120_000)
    const voice = await bringVoice(stage, victim)
    const client = startClient(stage.cluster.clientNamespace, voiceAddress(stage), 'run-voice-client.ts')
    try {
      draft.guests.push({ service: VOICE_ANSWERS, answers: client.answers })
      await until('the voice answers', () => client.steady([VOICE_ANSWERS], 0), 90_000)
      tellChanges(stage, client)
      await hangAndMove(stage, draft, { voice, client, victim, heir })
      await cure(stage, draft, { voice, client, victim, heir })
    } finally {
      await client.close()
    }
  },
}

interface Voice {
  readonly voice: PlayedVoice
  readonly client: Client
  readonly victim: NodeName
  readonly heir: NodeName
}

/** The house has the address before it. */
const voiceAddress = ({ cluster }: Stage): string => addressAfter(cluster.vip)

async function bringVoice(stage: Stage, preferred: NodeName): Promise<PlayedVoice> {
  const { cluster, narrator } = stage
  const arbiter = arbiterOf(stage)
  const voice = await PlayedVoice.install(cluster, cluster.plan.workers)
  await cluster.load(voiceConfiguration({ vip: voiceAddress(stage), preferred, arbiter }))
  narrator.say(
    `the voice is configured: Ollama at ${voiceAddress(stage)}, asked for a token every ${TOKEN_SECONDS} s`,
  )
  return voice
}

function tellChanges({ narrator }: Stage, client: Client): void {
  client.onChange(({ service, ok }) =>
    narrator.say(`client: ${service} ${ok ? 'answers' : 'does not answer'}`),
  )
}

async function hangAndMove(stage: Stage, draft: StepDraft, { voice, client, victim, heir }: Voice) {
  const faultMs = draft.makeFault(`the GPU of ${victim} hangs: its runner makes no more tokens`)
  await voice.behave(victim, { hangs: true })
  const told = () => failuresOfVoice(stage, faultMs)
  await until('the agent sees it', () => told().length > 0, (TOKEN_SECONDS + 30) * 1000)
  const seenMs = told()[0]?.atMs ?? faultMs
  const answered = (ok: boolean, service: string) =>
    client.answers.some(
      one => one.service === service && one.ok === ok && within(one.sentMs, faultMs, seenMs),
    )
  draft.check(
    'no token came while the port of its server went on answering',
    answered(false, VOICE_ANSWERS) && answered(true, VOICE_PORT_ANSWERS),
  )
  const serves = () => servesVoice(stage.cluster.pid1(heir))
  await until(`Ollama starts on ${heir}`, serves, 90_000)
  const takeOverMs = Date.now()
  draft.moments.push({ atMs: takeOverMs, what: `ollama serve runs on ${heir}`, source: 'host' })
  draft.phases = { detectedMs: seenMs, takeOverMs }
  await until(
    `the voice answers again from ${heir}`,
    () => client.steady([VOICE_ANSWERS], takeOverMs),
    90_000,
  )
  await pause(SHOWN_MS)
  draft.check(
    `no Ollama is left on ${victim}, one runs on ${heir}`,
    !servesVoice(stage.cluster.pid1(victim)) && serves(),
  )
  draft.check(
    'nobody was fenced',
    !stage.logs.events.some(one => one.kind === 'fenced' && one.atMs >= faultMs),
  )
}

/** What the agent itself said is done: the GPU is reset, and the node may have the voice again. */
async function cure(stage: Stage, draft: StepDraft, { voice, client, victim, heir }: Voice): Promise<void> {
  const reasons = failuresOfVoice(stage, draft.faultMs).flatMap(({ reason }) => reason ?? [])
  const ban = reasons.find(reason => reason.includes('reset it'))
  const command = cleanupIn(ban ?? '')
  draft.check(`the agent said why: ${ban ?? reasons.join('; ')}`, command !== undefined)
  if (command === undefined) return
  await voice.behave(victim, {})
  draft.note(`the GPU of ${victim} is reset; then, as the reason says: ${command.join(' ')}`)
  await stage.cluster.exec(heir, command)
  const sinceMs = Date.now()
  await until(
    'no failure of the voice is left',
    async () => !(await stage.cluster.state(heir)).failures.some(failure => failure.startsWith(VOICE)),
    30_000,
  )
  await until(`the voice still answers from ${heir}`, () => client.steady([VOICE_ANSWERS], sinceMs), 30_000)
  const stays = servesVoice(stage.cluster.pid1(heir)) && !servesVoice(stage.cluster.pid1(victim))
  draft.check(`${victim} may have the voice again, and it stays on ${heir}`, stays)
  const missed = HOUSE_SERVICES.filter(
    service => measureOutage(stage.client.answers, service, draft.faultMs, Date.now()) !== undefined,
  )
  draft.check(
    `the house did not notice${missed.length > 0 ? `, but ${missed.join(', ')} did` : ''}`,
    missed.length === 0,
  )
}

/** Actions of the voice that did not go well since a moment, as the node on which they ran told them. */
const failuresOfVoice = ({ logs }: Stage, sinceMs: number) =>
  logs.events.filter(
    (event): event is Extract<LoggedEvent, { kind: 'action' }> =>
      event.kind === 'action' &&
      event.resource === VOICE &&
      event.result !== 'ok' &&
      event.toldBy === event.node &&
      event.atMs >= sinceMs,
  )

/** Whether a node has an Ollama server, as the host sees it. */
const servesVoice = (pid1: number | undefined): boolean =>
  commandsIn(pid1).some(([, program, command]) => program === VOICE_PROGRAM && command === 'serve')

const within = (atMs: number, fromMs: number, toMs: number): boolean => atMs >= fromMs && atMs <= toMs
