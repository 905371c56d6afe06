import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { COVERED, NOT_RUN } from './documentation/command-coverage.ts'
import { documentedCommands } from './documentation/commands.ts'
import { LOOKS, SHARE_LOOKS } from './documentation/looks.ts'
import { ROOT } from './documentation/pages.ts'

const commands = documentedCommands()
const isLook = (command: string) =>
  LOOKS.some(look => look.command === command) || SHARE_LOOKS.includes(command)
const reasonOf = (command: string) => NOT_RUN.find(one => one.command.test(command))?.why

test('each command in README, docs and examples is run by a test, or it is said why not', () => {
  const unknown = commands.filter(
    ({ command }) =>
      !isLook(command) &&
      reasonOf(command) === undefined &&
      !COVERED.some(covered => covered.command.test(command)),
  )
  expect(unknown).toEqual([])
  const left = commands
    .filter(({ command }) => !isLook(command))
    .map(({ command }) => [command, reasonOf(command)])
  const told = left.flatMap(([command, why]) => (why === undefined ? [] : [`  ${command}: ${why}`]))
  console.log(
    `${commands.length} commands are documented, ${told.length} of them no test runs:\n${told.join('\n')}`,
  )
})

test('a command is either run or not, and whoever is said to run it does', () => {
  const both = commands.filter(
    ({ command }) =>
      reasonOf(command) !== undefined && (isLook(command) || COVERED.some(one => one.command.test(command))),
  )
  expect(both).toEqual([])
  for (const { by, as } of COVERED) expect(readFileSync(join(ROOT, by), 'utf8'), by).toContain(as)
})

test('nothing is listed that no page tells any more', () => {
  const isTold = (wanted: RegExp) => commands.some(({ command }) => wanted.test(command))
  const looks = [...LOOKS.map(({ command }) => command), ...SHARE_LOOKS]
  expect(looks.filter(look => !commands.some(({ command }) => command === look))).toEqual([])
  expect([...COVERED, ...NOT_RUN].filter(one => !isTold(one.command))).toEqual([])
})
