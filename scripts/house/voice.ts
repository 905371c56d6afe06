import type { NodeName } from '../lab/plan.ts'

/** The resource of the voice. */
export const VOICE = 'p_voice'
export const VOICE_MODEL = 'tiny:latest'
export const VOICE_PORT = 11434
export const VOICE_PROGRAM = '/usr/local/bin/ollama'

/** Where the voice may live, and where a client of the house finds it. */
export interface VoiceSite {
  readonly vip: string
  readonly preferred: NodeName
  /** A node without a GPU. */
  readonly arbiter: NodeName
}

/** Seconds between two looks that ask the model for a real token; a home has minutes there. */
export const TOKEN_SECONDS = 7

/** Ollama and its address, watched at every depth at a pace somebody can wait for. */
export const voiceConfiguration = ({ vip, preferred, arbiter }: VoiceSite): string =>
  `primitive ${VOICE} ocf:haha:ollama-gpu \\
  params mode=serve binary=${VOICE_PROGRAM} user=root models_dir=/var/lib/ollama/models host=0.0.0.0:${VOICE_PORT} \\
    model=${VOICE_MODEL} min_tokens_per_sec=20 infer_timeout=2s \\
  op start timeout=60s interval=0 \\
  op stop timeout=30s interval=0 \\
  op monitor interval=3s timeout=20s \\
  op monitor interval=5s timeout=30s OCF_CHECK_LEVEL=10 \\
  op monitor interval=${TOKEN_SECONDS}s timeout=30s OCF_CHECK_LEVEL=20 \\
  meta migration-threshold=2
primitive ${VOICE}_vip ocf:heartbeat:IPaddr2 \\
  params ip=${vip} cidr_netmask=24 nic=eth0 \\
  op monitor interval=10s timeout=20s
group g_voice ${VOICE} ${VOICE}_vip
location l_voice g_voice 10: ${preferred}
location l_voice_arbiter g_voice resource-discovery=never -inf: ${arbiter}
`
