/**
 * Where a file differs from what its writer was told is on disk, a sentence each; the file may go on after it.
 *
 * @param acknowledged lines in the order in which they were written
 * @param file lines that stand there
 */
export function faultsIn(acknowledged: readonly string[], file: readonly string[]): readonly string[] {
  const displaced = acknowledged.findIndex((text, at) => file[at] !== text)
  if (displaced === -1) return []
  const present = new Set(file)
  const lost = acknowledged.filter(text => !present.has(text)).map(text => `lost: ${text}`)
  const twice = file
    .filter((text, at) => text !== '' && file.indexOf(text) !== at)
    .map(text => `twice: ${text}`)
  const torn = file
    .slice(0, acknowledged.length)
    .flatMap((text, at) =>
      /^\d+ [0-9a-f]{32}$/.test(text) ? [] : [`torn, line ${at + 1}: ${text.slice(0, 200)}`],
    )
  const there = `line ${displaced + 1} is ${file[displaced]?.slice(0, 200) ?? 'missing'}, not ${acknowledged[displaced]}`
  return [there, ...lost, ...twice, ...torn]
}
