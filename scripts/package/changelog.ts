/** One release as CHANGELOG.md tells it. */
export interface Release {
  readonly version: string
  /** `YYYY-MM-DD`. */
  readonly date: string
  /** One entry an element: the bullet's text on one line. */
  readonly entries: readonly string[]
}

const HEADING = /^## (\d+\.\d+\.\d+(?:-[0-9A-Za-z.]+)?) \((\d{4}-\d{2}-\d{2})\)$/

/**
 * Reads the releases of CHANGELOG.md, newest first. Throws on a heading or a line it would otherwise
 * lose.
 */
export function readReleases(markdown: string): Release[] {
  const releases: { version: string; date: string; entries: string[] }[] = []
  for (const [index, line] of markdown.split('\n').entries()) {
    const release = releases.at(-1)
    if (line.startsWith('## ')) {
      const [, version, date] = HEADING.exec(line) ?? []
      if (version === undefined || date === undefined || !(Date.parse(date) <= Date.now())) {
        throw new Error(
          `CHANGELOG.md:${index + 1}: "${line}" is not "## 1.2.3 (YYYY-MM-DD)" of a day that has come`,
        )
      }
      releases.push({ version, date, entries: [] })
    } else if (release === undefined || line.trim() === '') {
    } else if (line.startsWith('- ')) {
      release.entries.push(line.slice(2))
    } else {
      const begun = release.entries.pop()
      if (begun === undefined || !line.startsWith('  ')) {
        throw new Error(`CHANGELOG.md:${index + 1}: "${line}" belongs to no "- " entry; indent it by two`)
      }
      release.entries.push(`${begun} ${line.trim()}`)
    }
  }
  const empty = releases.find(release => release.entries.length === 0)
  if (empty !== undefined) throw new Error(`CHANGELOG.md: ${empty.version} has no entry`)
  return releases
}

/** The version as Debian orders it: a pre-release sorts before its release. */
export function debianVersion(version: string): string {
  return version.replace('-', '~')
}

/** Seconds since 1970 of a release: its first second in UTC, which is past on the day itself. */
export function releaseSeconds(release: Release): number {
  return Date.parse(`${release.date}T00:00:00Z`) / 1000
}

/** debian/changelog with the same entries. */
export function debianChangelog(source: string, maintainer: string, releases: readonly Release[]): string {
  return releases
    .map(release => {
      const date = new Date(releaseSeconds(release) * 1000).toUTCString().replace('GMT', '+0000')
      const entries = release.entries.map(entry => wrapped(entry).join('\n')).join('\n')
      return `${source} (${debianVersion(release.version)}) unstable; urgency=medium\n\n${entries}\n\n -- ${maintainer}  ${date}\n`
    })
    .join('\n')
}

function wrapped(entry: string): string[] {
  const lines: string[] = []
  let line = '  *'
  for (const word of entry.split(/\s+/)) {
    if (line.length + 1 + word.length > 78) {
      lines.push(line)
      line = '   '
    }
    line += ` ${word}`
  }
  return [...lines, line]
}
