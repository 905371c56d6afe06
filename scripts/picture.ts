// node scripts/picture.ts RECORD.json PICTURE.svg: draws the record of a drill, `haha-drill --json`.
import { readFileSync, writeFileSync } from 'node:fs'
import { timelinePicture } from './drill/timeline-picture.ts'

const [record = '', file = ''] = process.argv.slice(2)
const picture = timelinePicture(readFileSync(record, 'utf8'))
if (picture === undefined) throw new Error(`${record} is no record of a drill`)
writeFileSync(file, picture)
