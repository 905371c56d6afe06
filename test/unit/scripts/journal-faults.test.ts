import { expect, test } from 'vitest'
import { faultsIn } from '../../storage/journal-faults.ts'

const line = (number: number) => `${number} ${String(number).repeat(32).slice(0, 32)}`
const written = [0, 1, 2, 3].map(line)

test.each([
  ['as it was acknowledged', written, []],
  ['longer by what is under way', [...written, line(4), '5 5'], []],
  ['without its end', written.slice(0, 3), [`line 4 is missing, not ${line(3)}`, `lost: ${line(3)}`]],
  [
    'without a line in its middle',
    [line(0), line(2), line(3), ''],
    [`line 2 is ${line(2)}, not ${line(1)}`, `lost: ${line(1)}`, 'torn, line 4: '],
  ],
  [
    'with a line twice',
    [line(0), line(1), line(1), line(2), line(3)],
    [`line 3 is ${line(1)}, not ${line(2)}`, `twice: ${line(1)}`],
  ],
  [
    'with a hole before a line',
    [line(0), `^@^@${line(1)}`, line(2), line(3)],
    [`line 2 is ^@^@${line(1)}, not ${line(1)}`, `lost: ${line(1)}`, `torn, line 2: ^@^@${line(1)}`],
  ],
] as const)("a client's file that is %s", (_, file, faults) => {
  expect(faultsIn(written, file)).toEqual(faults)
})
