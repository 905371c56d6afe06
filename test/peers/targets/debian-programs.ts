import { join } from 'node:path'
import { cached, contentKey } from '../../../scripts/engine/cache.ts'
import { bindToOwnLibraries, unpackPackages } from '../../../scripts/engine/debian.ts'

const packages = ['busybox-static', 'inetutils-ping', 'knxd', 'mosquitto']
const executables = ['usr/bin/ping', 'usr/bin/knxd', 'usr/sbin/mosquitto', 'usr/bin/mosquitto_passwd']

/**
 * A broker, a KNX interface and two pings that are not this host's, unpacked and not installed: a broker
 * as a service of this host would hold the port of the house's own.
 */
export async function debianPrograms() {
  const root = await cached(
    `targets-bookworm-${contentKey(...packages, ...executables)}`,
    async (folder, final) => {
      await unpackPackages('bookworm', packages, folder)
      await bindToOwnLibraries(folder, final, executables)
    },
  )
  return {
    busybox: join(root, 'usr/bin/busybox'),
    inetutilsPing: join(root, 'usr/bin/ping'),
    knxd: join(root, 'usr/bin/knxd'),
    mosquitto: join(root, 'usr/sbin/mosquitto'),
    mosquittoPasswd: join(root, 'usr/bin/mosquitto_passwd'),
  }
}
