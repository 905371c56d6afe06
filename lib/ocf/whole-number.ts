/** Whether a text is digits and nothing else. By the letter: a monitor would compile a pattern for one use. */
export function isDigits(text: string): boolean {
  for (const character of text) if (character < '0' || character > '9') return false
  return text !== ''
}

/** A whole number of 1 to 15 digits, which all stay exact; undefined when the text is anything else. */
export function wholeNumber(text: string): number | undefined {
  return text.length <= 15 && isDigits(text) ? Number(text) : undefined
}
