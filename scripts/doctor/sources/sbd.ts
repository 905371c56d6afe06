import { readText } from '../../../lib/host/small-file.ts'

/** SBD as it is configured on this node. */
export interface Sbd {
  /** Without one the watchdog alone is relied on. */
  readonly devices: readonly string[]
  readonly watchdogMs: number
}

/** What sbd(8) uses when SBD_WATCHDOG_TIMEOUT is not set. */
const usualWatchdogMs = 5000

/** Undefined where SBD is not installed. */
export function lookAtSbd(file = '/etc/default/sbd'): Sbd | undefined {
  const text = readText(file) ?? readText('/etc/sysconfig/sbd')
  return text === undefined ? undefined : readSbd(text)
}

export function readSbd(text: string): Sbd {
  const value = (name: string) =>
    new RegExp(`^\\s*${name}=["']?([^"'\\n#]*)`, 'm').exec(text)?.[1]?.trim() ?? ''
  const seconds = value('SBD_WATCHDOG_TIMEOUT')
  return {
    devices: value('SBD_DEVICE')
      .split(';')
      .map(device => device.trim())
      .filter(device => device !== ''),
    watchdogMs: /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1000 : usualWatchdogMs,
  }
}
