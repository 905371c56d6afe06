/** The name compose makes from a directory: small letters, digits, `-` and `_`, beginning with a letter or digit. */
export function projectOf(folder: string): string {
  const name = folder.slice(folder.lastIndexOf('/') + 1)
  return (
    name
      .toLowerCase()
      .replace(/[^a-z0-9_-]/g, '')
      .replace(/^[_-]+/, '') || 'default'
  )
}
