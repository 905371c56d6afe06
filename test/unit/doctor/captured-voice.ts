import type { Observation } from '../../../scripts/doctor/observation.ts'
import { manifestOf, modelsIn } from '../../../scripts/doctor/sources/model-files.ts'
import { folderOfUnit, type ModelPlaces } from '../../../scripts/doctor/sources/model-folders.ts'
import { readCib } from '../../../scripts/pacemaker/read-cib.ts'
import { captured } from './captured.ts'
import { captured as text } from './captured-text.ts'

/** The voice as n2 saw it. @param listing what lies on its disk, or on that of the other node */
export function capturedVoice(
  cibFile: 'cib.xml' | 'cib-docker.xml' | 'cib-systemd.xml',
  listing: 'models.txt' | 'models-n1.txt',
  places: Partial<ModelPlaces> = {},
): Observation {
  const seen = captured('voice')
  const cib = readCib(text('voice', cibFile))
  const folder = folderOfUnit(text('voice', 'unit.txt'), text('voice', 'passwd.txt'))
  const units = new Map(folder === undefined ? [] : [['ollama.service', folder]])
  const files = text('voice', listing).split('\n')
  const models = modelsIn(cib, 'n2', { containers: seen.containers, units, ...places }).map(named => ({
    ...named,
    present: files.includes(`${named.folder}/${manifestOf(named.model)}`),
  }))
  return { ...seen, node: 'n2', cib, models }
}
