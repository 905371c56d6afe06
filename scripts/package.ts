import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { execa } from 'execa'
import { readReleases } from './package/changelog.ts'
import { buildDeb } from './package/deb.ts'

const root = resolve(import.meta.dirname, '..')
const dist = join(root, 'dist')

process.umask(0o022)
const releases = readReleases(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'))
const manifest: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const version = Object(manifest).version
if (version !== releases[0]?.version) {
  throw new Error(`package.json has version ${version}, CHANGELOG.md begins with ${releases[0]?.version}`)
}
await execa('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' })
for (const name of readdirSync(dist)) {
  if (name.endsWith('.deb')) rmSync(join(dist, name))
}
console.log(await buildDeb({ root, dist, releases, outFolder: dist }))
