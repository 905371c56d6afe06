import type { StackCluster } from './stack-cluster.ts'

/** The nodes of the lab have neither a server nor a client of it. */
export const SSH_PACKAGES: readonly string[] = ['openssh-server', 'openssh-client']

/** Lets root of the arbiter log in on the workers by key, as an operator would who runs drills from there. */
export async function bringSsh(stack: StackCluster): Promise<void> {
  const { workers } = stack.cluster.plan
  await stack.run(
    'n3',
    "mkdir -p -m 700 /root/.ssh && ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519",
  )
  const key = (await stack.run('n3', 'cat /root/.ssh/id_ed25519.pub')).trim()
  for (const worker of workers) {
    await stack.run(worker, `mkdir -p -m 700 /root/.ssh && echo '${key}' >/root/.ssh/authorized_keys`)
    await stack.run(worker, 'ssh-keygen -A && systemctl enable --now ssh')
  }
  await stack.run('n3', `ssh-keyscan -t ed25519 ${workers.join(' ')} >/root/.ssh/known_hosts`)
}
