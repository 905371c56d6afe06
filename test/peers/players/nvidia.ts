import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export const gpuUuid = 'GPU-5f2a3c41-0d6e-4b8a-9c57-1e2d3f4a5b6c'

export type DriverState = 'loaded' | 'missing' | 'off-the-bus'

/** Writes what stands below /proc/driver. */
export function writeDriver(folder: string, state: DriverState): void {
  const nvidia = join(folder, 'nvidia')
  rmSync(nvidia, { recursive: true, force: true })
  if (state === 'missing') return
  const card = join(nvidia, 'gpus/0000:01:00.0')
  mkdirSync(state === 'loaded' ? card : join(nvidia, 'gpus'), { recursive: true })
  writeFileSync(
    join(nvidia, 'version'),
    'NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.163.01  Tue Apr  8 12:41:17 UTC 2025\n',
  )
  if (state === 'loaded')
    writeFileSync(
      join(card, 'information'),
      `Model: \t\t NVIDIA GeForce RTX 3090 Ti\nIRQ:   \t\t 128\nGPU UUID: \t ${gpuUuid}\nBus Type: \t PCIe\n`,
    )
}

/** Writes what stands below /sys/bus/pci/devices: one card. */
export function writeCard(folder: string): void {
  const card = join(folder, '0000:01:00.0')
  mkdirSync(card, { recursive: true })
  writeFileSync(join(card, 'vendor'), '0x10de\n')
  writeFileSync(join(card, 'class'), '0x030000\n')
}

/** Lines of the kernel's log as /dev/kmsg gives them, each with its sequence number. */
export function kernelRecords(lines: readonly string[]): string {
  return lines.map((line, index) => `4,${1000 + index},${5_000_000 + index},-;${line}\n`).join('')
}

/** A machine with an NVIDIA card, as far as the kernel's files and nvidia-smi tell. */
export interface PlayedGpu {
  /** Runs the agent's bundle in a mount namespace in which this machine's card is the played one. */
  readonly agent: string
  /** For PATH: holds the played nvidia-smi. */
  readonly programs: string
  driver(state: DriverState): void
  /** Lines of the kernel log, each with its sequence number. */
  kernelLog(...lines: readonly string[]): void
  /** `sleepsIn`: a folder of a frozen filesystem, where no signal reaches it. */
  smi(
    answer: { readonly code: number; readonly text?: string } | 'hangs' | { readonly sleepsIn: string },
  ): void
  /** How often nvidia-smi was run. */
  smiCalls(): number
  /** Writes a unit, or with a second name a drop-in of it, where packages put them. */
  unit(text: string, dropIn?: string): void
}

/** @param bundle the agent */
export function playGpu(folder: string, bundle: string): PlayedGpu {
  const [driverFolder, bus, kmsg] = [join(folder, 'driver'), join(folder, 'pci'), join(folder, 'kmsg')]
  const [programs, units, agent] = [join(folder, 'bin'), join(folder, 'units'), join(folder, 'agent')]
  const mounts = [
    [driverFolder, '/proc/driver'],
    [bus, '/sys/bus/pci/devices'],
    [kmsg, '/dev/kmsg'],
    [units, '/lib/systemd/system'],
  ]
  const script = [...mounts.map(([from, to]) => `mount --bind ${from} ${to}`), 'exec "$@"'].join(' && ')
  writeFileSync(
    agent,
    `#!/bin/sh\nexec unshare --mount --propagation private sh -c '${script}' sh "\${NODE_FOR_AGENT:-${process.execPath}}" ${bundle} "$@"\n`,
  )
  chmodSync(agent, 0o755)
  for (const name of [driverFolder, programs, units]) mkdirSync(name, { recursive: true })
  writeCard(bus)
  writeFileSync(kmsg, '')
  const played: PlayedGpu = {
    agent,
    programs,
    driver: state => writeDriver(driverFolder, state),
    kernelLog(...lines) {
      writeFileSync(kmsg, kernelRecords(lines))
    },
    smi(answer) {
      const smi = join(programs, 'nvidia-smi')
      const body =
        answer === 'hangs'
          ? // It ignores every signal that can be ignored; only its parent's patience ends it.
            "trap '' TERM INT\nwhile :; do sleep 1; done"
          : 'sleepsIn' in answer
            ? `echo > ${answer.sleepsIn}/smi`
            : `cat <<'END'\n${answer.text ?? gpuUuid}\nEND\nexit ${answer.code}`
      writeFileSync(smi, `#!/bin/sh\necho >> ${join(folder, 'smi-calls')}\n${body}\n`)
      chmodSync(smi, 0o755)
    },
    smiCalls() {
      const calls = join(folder, 'smi-calls')
      return existsSync(calls) ? readFileSync(calls, 'utf8').length : 0
    },
    unit(text, dropIn) {
      const place = join(units, dropIn === undefined ? 'ollama.service' : `ollama.service.d/${dropIn}`)
      mkdirSync(dirname(place), { recursive: true })
      writeFileSync(place, text)
    },
  }
  played.driver('loaded')
  played.smi({ code: 0 })
  return played
}
