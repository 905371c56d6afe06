/** An error as one line for the terminal, with what to do about those that everybody meets. */
export function oneLine(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const text = error instanceof Error ? error.message : String(error)
  const line = text.split('\n').find(part => part.trim() !== '') ?? 'no reason given'
  if (code === 'ENOSPC' || /no space left on device/i.test(text))
    return `the disk is full: ${line.slice(0, 140)}; free some gigabytes and start again`
  return line.slice(0, 300)
}
