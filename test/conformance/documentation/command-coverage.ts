/** Commands that a test runs: which ones, and where. */
export interface Covered {
  readonly command: RegExp
  /** File of the project that runs it. */
  readonly by: string
  /** What stands there. */
  readonly as: string
}

/** Commands that no test runs, and why. */
export interface NotRun {
  readonly command: RegExp
  readonly why: string
}

/**
 * Looks at a cluster, as the pages write them, that the full run types on a node of the three-node cluster. What
 * finds nothing there may say so: the exit codes that are fine besides 0.
 */
export const LOOKS: readonly { readonly command: string; readonly fine?: readonly number[] }[] = [
  { command: 'attrd_updater --query --all --name haha-<resource>-<key>', fine: [78, 105] },
  { command: 'cat /run/resource-agents/haha/compose-stack-p_stack.durations.json' },
  { command: 'corosync-cfgtool -s' },
  { command: "corosync-cmapctl | grep -E 'runtime.config.totem.(token|consensus) '" },
  { command: 'corosync-quorumtool -s' },
  { command: 'crm configure show cib-bootstrap-options' },
  { command: 'crm configure show type:location' },
  { command: 'crm configure show type:order' },
  { command: 'crm ra info ocf:haha:compose-stack' },
  { command: 'crm ra info stonith:fence_homelab' },
  { command: 'crm ra validate ocf:haha:compose-stack directory=/mnt/iot/stack required_mount=/mnt/iot' },
  { command: 'crm resource cleanup' },
  { command: 'crm resource cleanup <resource> <node>' },
  { command: 'crm resource cleanup fence-<node>' },
  { command: 'crm resource cleanup p_stack' },
  { command: 'crm resource cleanup p_stack node1' },
  { command: 'attrd_updater -Q -A -n NAME', fine: [78, 105] },
  { command: 'crm resource clear <resource>' },
  { command: 'crm resource failcount p_stack show node1' },
  { command: 'crm status' },
  { command: 'crm_mon -1' },
  { command: 'crm_mon -1 -f' },
  { command: 'crm_mon -1 -r -f' },
  { command: 'crm_mon -1rf' },
  { command: 'crm_resource --wait' },
  { command: 'crm_simulate -S -L' },
  { command: 'crm_simulate -sL' },
  { command: 'docker compose --project-directory /mnt/iot/stack config -q' },
  { command: 'docker images' },
  { command: 'docker info' },
  { command: "docker inspect -f '{{.Name}} {{.HostConfig.RestartPolicy.Name}}' $(docker ps -aq)" },
  { command: 'docker logs --tail 50 <container>' },
  { command: 'docker ps --filter status=paused' },
  { command: 'docker ps -a' },
  { command: 'dpkg -l resource-agents-haha nodejs' },
  { command: 'findmnt -T <path>' },
  { command: 'findmnt -o OPTIONS <path>' },
  { command: 'findmnt -o OPTIONS /srv/share', fine: [1] },
  { command: 'findmnt <path>' },
  { command: 'free -m' },
  { command: "grep 'configure op' /var/log/pacemaker/pacemaker.log", fine: [1] },
  { command: 'grep iot /proc/mounts' },
  { command: 'grep noatime /proc/mounts', fine: [1] },
  { command: 'haha-doctor', fine: [1] },
  { command: 'ip -br link' },
  { command: 'ip route' },
  { command: "ps -eo pid,stat,wchan,args | grep ' D'", fine: [1] },
  { command: 'ps -ef | grep compose-stack', fine: [1] },
  { command: 'ss -Htnioe state established dport = :6638' },
  { command: 'ss -ltnp' },
  { command: 'stonith_admin --history <node> --verbose' },
  { command: 'stonith_admin --history node1 --verbose' },
  { command: 'systemctl is-enabled docker', fine: [1] },
  { command: 'systemctl status docker' },
]

export const COVERED: readonly Covered[] = [
  { command: /^npm ci$/, by: 'scripts/set-up.sh', as: 'npm ci' },
  { command: /^npm run (build|package)$/, by: 'scripts/layers/steps.ts', as: 'npmScript' },
  { command: /^npm run bench$/, by: 'test/peers/monitor-cost.test.ts', as: 'bench' },
  { command: /^npm run bench:fence$/, by: 'test/peers/fence/cost.test.ts', as: 'bench' },
  { command: /^npm run bench:ollama$/, by: 'test/peers/ollama-gpu-cost.test.ts', as: 'bench' },
  { command: /^npm run bench:peripheral$/, by: 'test/peers/network-peripheral/cost.test.ts', as: 'bench' },
  {
    command: /^apt install \.\/.*resource-agents-haha_<version>_all\.deb$/,
    by: 'test/conformance/package.test.ts',
    as: 'apt-get install -y',
  },
  { command: /^apt remove /, by: 'test/cluster/everyday.test.ts', as: "'remove'" },
  {
    command: /^(crm configure (primitive|clone|location)|pcs resource (create|update)|crm resource meta) /,
    by: 'test/conformance/package/documented-configuration.ts',
    as: 'documentedCommands()',
  },
  { command: /^(crm configure load|sh .*\.pcs)/, by: 'test/conformance/installed.test.ts', as: 'loadByPcs' },
  { command: /^crm ra info ocf:haha:<agent>$/, by: 'test/conformance/installed.test.ts', as: 'crm ra info' },
  {
    command: /^pcs resource describe /,
    by: 'test/conformance/installed.test.ts',
    as: 'pcs resource describe',
  },
  { command: /^man ocf_haha_/, by: 'test/conformance/installed.test.ts', as: 'man --where' },
  {
    command: /^(pcs stonith describe|man fence_homelab)/,
    by: 'test/conformance/package/documented-configuration.ts',
    as: 'pcs stonith describe',
  },
  {
    command: /^crm configure property maintenance/,
    by: 'test/cluster/everyday.test.ts',
    as: 'maintenance-mode',
  },
  { command: /^crm node (standby|online)/, by: 'test/cluster/everyday.test.ts', as: 'crm node standby' },
  { command: /^crm resource restart /, by: 'test/cluster/everyday.test.ts', as: 'crm resource restart' },
  { command: /^crm resource stop /, by: 'test/cluster/everyday.test.ts', as: 'crm resource stop' },
  { command: /^haha-doctor --json$/, by: 'test/cluster/doctor-report.ts', as: "'--json'" },
  { command: /^haha-drill (--yes )?move( p_export)?$/, by: 'test/cluster/everyday.test.ts', as: 'move' },
  {
    command: /^haha-drill (--\w+ .* )?(kill-app|fence|cut-)/,
    by: 'test/cluster/drills.ts',
    as: 'cut-network',
  },
  { command: /^haha-drill --services /, by: 'test/unit/drill/services.test.ts', as: 'readServiceList' },
  { command: /^crm_resource --(move|clear)$/, by: 'test/conformance/drill.test.ts', as: '--move' },
  { command: /^(time )?stonith_admin --reboot/, by: 'test/cluster/doctor.full.test.ts', as: '--reboot' },
  { command: /^scripts\/demo( --self-test)?$/, by: 'test/cluster/demo-self-test.test.ts', as: '--self-test' },
  { command: /^scripts\/test/, by: 'test/conformance/run-layers.test.ts', as: 'test(' },
  { command: /^scripts\/cluster /, by: 'test/cluster/ground.test.ts', as: 'scripts/cluster' },
  { command: /^promtool check rules/, by: 'test/conformance/alerts.test.ts', as: "'check', 'rules'" },
  { command: /^echo METRICS_DIRECTORY=/, by: 'test/conformance/package.test.ts', as: 'METRICS_DIRECTORY=' },
  {
    command: /^drbdadm (status|up|connect|disconnect|secondary)( r0| share)?$/,
    by: 'test/storage/drbd.test.ts',
    as: 'drbdadm',
  },
  { command: /^mkfs\.ocfs2 /, by: 'scripts/guests/storage.ts', as: 'mkfs.ocfs2' },
  { command: /^npx vitest run --project peers /, by: 'test/peers/fence/matrix.test.ts', as: 'test' },
  { command: /^node --version$/, by: 'test/peers/nodes.test.ts', as: 'node' },
]

export const NOT_RUN: readonly NotRun[] = [
  { command: /^apt (upgrade|install( drbd.*)?)$/, why: 'changes the distribution of a machine' },
  { command: /^(editor|install -m|cp |echo '192|echo works)/, why: 'writes a file of yours' },
  {
    command: /^(nvidia-smi|ollama |docker create .*--gpus|dmesg \| grep -i xid)/,
    why: 'needs a GPU, or the real Ollama',
  },
  {
    command: /^(debugfs\.ocfs2|sbd|nfsstat|cat \/(sys|proc)\/|ping -M)/,
    why: 'needs a device, a mount or a peer of yours',
  },
  {
    command: /^dmesg /,
    why: 'reads the log of the kernel, which the nodes of the lab share with their host',
  },
  { command: /^journalctl /, why: 'the nodes of the lab keep no journal' },
  {
    command: /^systemctl (disable|edit|enable|start|restart|show|is-enabled nfs-server|status nfs-server)/,
    why: 'needs a unit that the nodes of the lab do not have, or would change one',
  },
  {
    command: /^(docker (kill|logs|inspect|compose (up|up -d|config|config -q))|stonith_admin --history)$/,
    why: 'only named, without what it is about',
  },
  { command: /^exportfs -[rv]$/, why: 'the first is never to be run; the second needs an export of yours' },
  { command: /^drbdadm connect --discard-my-data/, why: 'throws data away' },
  {
    command: /^(stonith_admin --confirm|crm_resource --force-start)/,
    why: 'overrides what protects the data',
  },
  { command: /^docker (unpause|compose pull|rm )/, why: 'names containers or a registry of yours' },
  {
    command: /^pcs (resource (disable|cleanup)|constraint order|cluster cib)/,
    why: 'needs pcsd, or a cluster that pcs made',
  },
  {
    command: /^(ssh|ls -l|nsenter)/,
    why: 'has a name of yours in it, or is named for what it is',
  },
  { command: /^cat \/run\/.*p_export/, why: 'needs an export under Pacemaker' },
]
