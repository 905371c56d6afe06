import { fencedServerTests } from './fenced-server.ts'
import { openServers } from './pair.ts'

fencedServerTests('disk', openServers)
