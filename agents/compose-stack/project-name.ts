/** The name compose makes from a directory: small letters, digits, `-` and `_`, beginning with a letter or digit. */
export function projectOf(folder: string): string {
  let name = ''
  for (const character of folder.slice(folder.lastIndexOf('/') + 1).toLowerCase()) {
    const isFirst = (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9')
    if (isFirst || (name !== '' && (character === '-' || character === '_'))) name += character
  }
  return name === '' ? 'default' : name
}
