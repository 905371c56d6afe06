import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest'
import { documentedCommandTests } from './documented-commands.ts'
import { drillTests } from './drills.ts'
import { OPERATOR_PACKAGES } from './operator-packages.ts'
import { StackCluster } from './stack-cluster.ts'

let stack: StackCluster

beforeAll(async () => {
  stack = await StackCluster.up({ name: 'operator', packages: OPERATOR_PACKAGES })
})
afterAll(() => stack?.down())
beforeEach(() => stack.mark())
afterEach(async () => {
  stack.expectNeverTwice()
  await stack.restore()
})

describe('a command of the pages', () => documentedCommandTests(() => stack))
describe('the operator rehearses', () => drillTests(() => stack))
