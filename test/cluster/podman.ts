import type { StackCluster } from './stack-cluster.ts'

/** What a node of the lab lacks for containers of Podman. */
export const PODMAN_PACKAGES: readonly string[] = ['podman', 'crun']

/** A folder that lies on no overlay. */
const STORAGE =
  '[storage]\\ndriver = "overlay"\\ngraphroot = "/var/lib/docker/podman"\\nrunroot = "/run/podman"\\n'
/** No control groups: Podman cannot make its own in a node that is itself one, and crun alone does without. */
const ENGINE = '[engine]\\nevents_logger = "file"\\nruntime = "crun"\\n[containers]\\ncgroups = "disabled"\\n'

/** Lets the workers run containers of Podman from the image that their Docker engines have. */
export async function bringPodman(stack: StackCluster): Promise<void> {
  for (const worker of stack.cluster.plan.workers) {
    await stack.run(worker, `printf '${STORAGE}' >/etc/containers/storage.conf`)
    await stack.run(worker, `printf '${ENGINE}' >/etc/containers/containers.conf`)
    await stack.run(worker, 'docker save haha/standin:1 | podman load', 120_000)
  }
}
