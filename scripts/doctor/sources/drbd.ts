import { type DrbdVolume, parseDrbdStatus, parseProcDrbd } from '../../../agents/nfs-ocfs2-export/drbd.ts'
import { kernelText } from '../../../lib/host/processes.ts'
import { askedOf, LookFailure } from '../ask.ts'

/**
 * Volumes of DRBD 8.4 and 9 on this node; none where its module is not loaded.
 * @throws LookFailure when the module is loaded and cannot be asked
 */
export async function lookAtDrbd(timeoutMs: number): Promise<readonly DrbdVolume[]> {
  const kernel = kernelText('/proc/drbd')
  if (kernel === '') return []
  const older = parseProcDrbd(kernel)
  if (older.length > 0 || /^version: 8\./.test(kernel)) return older
  const status = await askedOf('drbdsetup', ['status', '--json'], timeoutMs)
  const volumes = parseDrbdStatus(status)
  if (volumes === undefined) throw new LookFailure('drbdsetup status gave an answer that is not JSON')
  return volumes
}
