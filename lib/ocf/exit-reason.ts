/** Pacemaker keeps one line; longer ones are cut by crm_mon and by eyes at 3 AM. */
const longestReason = 199

/** One printable line of at most 199 characters, whatever a daemon or a file put into it. */
export function oneLine(text: string, most = longestReason): string {
  let line = ''
  for (const character of text) line += character < ' ' || character === '\x7f' ? ' ' : character
  line = line.replace(/ {2,}/g, ' ').trim()
  return line.length > most ? `${line.slice(0, most - 3)}...` : line
}
