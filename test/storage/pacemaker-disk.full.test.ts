import { fencedServerTests } from './fenced-server.ts'
import { openServers, returnServer } from './pair.ts'

fencedServerTests('disk', { open: openServers, returns: ground => returnServer(ground, 'a') })
