import { PODMAN_PACKAGES } from './podman.ts'
import { SSH_PACKAGES } from './real-ssh.ts'

/** What the nodes need beyond the lab's own for the drills and commands of the full run. */
export const OPERATOR_PACKAGES: readonly string[] = [...PODMAN_PACKAGES, ...SSH_PACKAGES, 'pcs']
