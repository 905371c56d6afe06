/** Text of a man page: characters that roff would take for its own are written as what they look like. */
export function roffText(text: string): string {
  let safe = ''
  for (const character of text) safe += glyph(character)
  return safe.replaceAll(/^(?=\.)/gm, '\\&')
}

/**
 * Flowing text: one line in, and words longer than a line may break after a separator, or the
 * formatter warns that it cannot break the line.
 */
export function roffParagraph(text: string): string {
  return text
    .split(' ')
    .map(breakable)
    .join(' ')
    .replaceAll(/^(?=\.)/gm, '\\&')
}

/** An argument of a macro. */
export function roffArgument(text: string): string {
  return `"${roffText(text.replaceAll('\n', ' '))}"`
}

/** Lines that keep their breaks, in the examples. */
export function roffExample(text: string): string {
  return `.PP\n.RS 4\n.nf\n${roffText(text)}\n.fi\n.RE`
}

function breakable(word: string): string {
  let pieces = ''
  let run = 0
  for (const character of word) {
    pieces += glyph(character)
    run += 1
    if (run >= 30 || (run >= 10 && '/,:=&?'.includes(character))) {
      pieces += '\\:'
      run = 0
    }
  }
  return pieces
}

const glyphs: Readonly<Record<string, string>> = {
  '\\': '\\(rs',
  '-': '\\-',
  "'": '\\(aq',
  '"': '\\(dq',
  '`': '\\(ga',
  '^': '\\(ha',
  '~': '\\(ti',
}

function glyph(character: string): string {
  const code = character.codePointAt(0) ?? 0
  if (code > 0x7e) return `\\[u${code.toString(16).toUpperCase().padStart(4, '0')}]`
  if (code < 0x20 && character !== '\n') return ' '
  return glyphs[character] ?? character
}
