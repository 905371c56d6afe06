import { expect, test } from 'vitest'
import { directoryIn } from '../../../lib/metrics/directory.ts'

test.each([
  ['METRICS_DIRECTORY=/var/lib/prometheus/node-exporter', '/var/lib/prometheus/node-exporter'],
  ['METRICS_DIRECTORY="/a folder"\n', '/a folder'],
  ["METRICS_DIRECTORY='/a'  ", '/a'],
  ['# METRICS_DIRECTORY=/a', undefined],
  ['METRICS_DIRECTORY=/a\nMETRICS_DIRECTORY=', undefined],
  ['METRICS_DIRECTORY=/a\nMETRICS_DIRECTORY=/b', '/b'],
  ['MY_METRICS_DIRECTORY=/a', undefined],
  ['', undefined],
])('%j names %j', (text, directory) => {
  expect(directoryIn(text)).toBe(directory)
})
