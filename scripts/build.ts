import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { loadAllDrivers } from '../fence/driver-registry.ts'
import { manPage as fenceManPage } from '../fence/manpage.ts'
import { metadataXml } from '../fence/metadata.ts'
import { fenceReference } from '../metadata/fence-reference.ts'
import { manPage, manPageName } from '../metadata/man-page.ts'
import { ocfXml } from '../metadata/ocf-xml.ts'
import { referenceTable } from '../metadata/reference-table.ts'
import { bundleAgent, bundleFence, bundleMetrics, bundleTool, packageVersion, root } from './bundle.ts'
import { sizeFault } from './bundle-gate.ts'
import { agentFiles } from './definitions.ts'
import { doctorManPage } from './doctor/man-page.ts'
import type { Advice } from './doctor/observation.ts'
import { drillManPage } from './drill/man-page.ts'
import { timelinePicture } from './drill/timeline-picture.ts'
import { alerts } from './monitoring/alerts.ts'
import { metricGroups } from './monitoring/all-metrics.ts'
import { metricsReference } from './monitoring/reference.ts'
import { rulesFile } from './monitoring/rules-file.ts'

const dist = join(root, 'dist')
const version = packageVersion()

for (const folder of ['ocf', 'lib', 'sbin', 'metadata', 'man', 'share'])
  rmSync(join(dist, folder), { recursive: true, force: true })

// Without it a "type": "module" of a folder above would turn the bundles, which have no extension, into ESM.
write('dist/package.json', '{"type":"commonjs"}\n')

const advised: Record<string, Advice[string]> = {}
for (const entry of agentFiles(root)) {
  const name = basename(entry, '.ts')
  const outFile = join(dist, 'ocf/haha', name)
  const { bytes, definition } = await bundleAgent({ entry, outFile, version })
  await bundleMetrics(entry, join(dist, 'lib/haha'))
  if (definition.name !== name) throw new Error(`${entry}: defines the agent '${definition.name}'`)
  advised[definition.name] = definition.actions
  write(`dist/metadata/${definition.name}.xml`, ocfXml(definition, version))
  write(`dist/man/${manPageName(definition)}.7`, manPage(definition, version))
  write(`docs/reference/${definition.name}.md`, referenceTable(definition))
  say(outFile, bytes, sizeFault(name, bytes))
}

const drill = join(dist, 'sbin/haha-drill')
const { bytes: drillBytes } = await bundleTool({
  entry: join(root, 'scripts/drill/haha-drill.ts'),
  outFile: drill,
  baked: { version },
})
write('dist/man/haha-drill.8', drillManPage(version))
say(drill, drillBytes)
write('dist/share/prometheus/haha-alerts.yml', rulesFile(alerts))
// By a process of its own: its types come from a package that the build does without.
const made = execFileSync(process.execPath, [join(root, 'scripts/grafana/main.ts')], { encoding: 'utf8' })
write('dist/share/grafana/haha.json', made)
write('docs/reference/metrics.md', metricsReference(metricGroups, alerts))

const drilled = 'docs/timeline.json'
const picture = timelinePicture(readFileSync(join(root, drilled), 'utf8'))
if (picture === undefined) throw new Error(`${drilled} is no record of a drill`)
write('docs/timeline.svg', picture)

const fence = join(root, 'fence/fence-homelab.ts')
if (existsSync(fence)) {
  const outFile = join(dist, 'sbin/fence_homelab')
  const { bytes } = await bundleFence({ entry: fence, outFile, version })
  const drivers = await loadAllDrivers()
  write('dist/metadata/fence_homelab.xml', `${metadataXml(drivers)}\n`)
  write('dist/man/fence_homelab.8', fenceManPage(drivers, version))
  write('docs/reference/fence_homelab.md', fenceReference(drivers))
  say(outFile, bytes)
}

const doctor = join(dist, 'sbin/haha-doctor')
const { bytes: doctorBytes } = await bundleTool({
  entry: join(root, 'scripts/doctor/main.ts'),
  outFile: doctor,
  baked: { version, advice: advised },
})
write('dist/man/haha-doctor.8', doctorManPage(version))
say(doctor, doctorBytes)

function write(path: string, text: string): void {
  const file = join(root, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text, { mode: 0o644 })
}

function say(outFile: string, bytes: number, fault?: string): void {
  const warning = fault === undefined ? '' : ` (too many: ${fault})`
  process.stdout.write(`${outFile.slice(root.length + 1)} ${bytes} bytes${warning}\n`)
}
