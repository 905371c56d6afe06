import { readFileSync } from 'node:fs'

/**
 * What stands behind the code of a bundle, in comments: most runs need neither, and what stands in quotes
 * is read, hashed and copied by each of them, for half a millisecond.
 */
export interface Trailer {
  /** Base64. */
  readonly program: string
  readonly metadataXml: string
}

const programMark = '\n//program '
const metadataMark = '\n/*'
const end = '*/\n'
/** What would end the comment, and what stands for it. */
const [forbidden, instead] = ['*/', '*\\/']

/** The text to put behind the code. @throws Error when it could not be read back, or is not ASCII */
export function trailerText(trailer: Trailer): string {
  const text = `${programMark}${trailer.program}${metadataMark}${trailer.metadataXml.replaceAll(forbidden, instead)}${end}`
  const { program, metadataXml } = readTrailer(text)
  if (program !== trailer.program || metadataXml !== trailer.metadataXml || /[^\0-\x7f]/.test(text))
    throw new Error('the metadata or the program cannot stand in a comment')
  return text
}

/** Reads the trailer of a bundle's own file. @throws Error when the file cannot be read */
export function trailerOf(file: string): Trailer {
  return readTrailer(readFileSync(file, 'utf8'))
}

function readTrailer(text: string): Trailer {
  const program = text.lastIndexOf(programMark)
  const metadata = text.indexOf(metadataMark, program)
  return {
    program: text.slice(program + programMark.length, metadata),
    metadataXml: text
      .slice(metadata + metadataMark.length, text.lastIndexOf(end))
      .replaceAll(instead, forbidden),
  }
}
