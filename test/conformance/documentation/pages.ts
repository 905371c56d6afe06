import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

export const ROOT = resolve(import.meta.dirname, '../../..')

/** A text that operators read. */
export interface Page {
  /** Relative to the project's folder. */
  readonly path: string
  readonly text: string
}

/** README, every page of docs/ and every example. */
export function pages(): readonly Page[] {
  const below = (folder: string) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name).slice(ROOT.length + 1))
  return ['README.md', ...below('docs'), ...below('examples')].map(path => ({
    path,
    text: readFileSync(join(ROOT, path), 'utf8'),
  }))
}

/** Links of a page to files of the project that are not there, and to headings that their page does not have. */
export function brokenLinks({ path, text }: Page): readonly string[] {
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
  return links
    .filter(link => !/^[a-z]+:/.test(link))
    .filter(link => {
      const [file = '', heading] = link.split('#')
      const target = file === '' ? join(ROOT, path) : resolve(ROOT, dirname(path), file)
      if (!existsSync(target)) return true
      return heading !== undefined && !headings(readFileSync(target, 'utf8')).has(heading)
    })
}

/** Files of the project that a page names between backticks and that are not there. */
export function missingFiles({ path, text }: Page): readonly string[] {
  const named = [...text.matchAll(/`(?:\.\/)?((?:docs|examples|scripts)\/[\w./-]*)/g)].map(
    ([, file = '']) => file,
  )
  const here = [...text.matchAll(/\bsh ([\w-]+\.pcs)\b/g)].map(([, file = '']) => join(dirname(path), file))
  const loaded = path.startsWith('examples')
    ? [...text.matchAll(/load update ([\w-]+\.crm)\b/g)].map(([, file = '']) => join(dirname(path), file))
    : []
  const run = [...text.matchAll(/^\s*\.?\/?(scripts\/[\w-]+)/gm)].map(([, file = '']) => file)
  return [...named, ...here, ...loaded, ...run].filter(file => !existsSync(join(ROOT, file)))
}

/** Scripts that a page runs by npm and that package.json does not have. */
export function missingScripts({ text }: Page): readonly string[] {
  const known: unknown = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const scripts = new Set(Object.keys(Object(Object(known).scripts)))
  const run = [...text.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, script = '']) => script)
  return run.filter(script => !scripts.has(script))
}

function headings(text: string): ReadonlySet<string> {
  const lines = [...text.matchAll(/^#+ (.*)$/gm)].map(([, line = '']) => line)
  return new Set(
    lines.map(line =>
      line
        .toLowerCase()
        .replace(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    ),
  )
}
