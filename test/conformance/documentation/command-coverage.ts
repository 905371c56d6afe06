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

export const COVERED: readonly Covered[] = [
  { command: /^npm ci$/, by: 'scripts/set-up.sh', as: 'npm ci' },
  { command: /^npm run (build|package)$/, by: 'scripts/layers/steps.ts', as: 'npmScript' },
  { command: /^npm run bench$/, by: 'test/peers/monitor-cost.test.ts', as: 'bench' },
  { command: /^npm run bench:fence$/, by: 'test/peers/fence/cost.test.ts', as: 'bench' },
  { command: /^npm run bench:ollama$/, by: 'test/peers/ollama-gpu-cost.test.ts', as: 'bench' },
  { command: /^npm run bench:export$/, by: 'test/storage/export.test.ts', as: 'bench' },
  { command: /^npm run bench:peripheral$/, by: 'test/peers/network-peripheral/cost.test.ts', as: 'bench' },
  {
    command: /^apt install \.\/.*resource-agents-haha_<version>_all\.deb$/,
    by: 'test/conformance/package.test.ts',
    as: 'apt-get install -y',
  },
  {
    command: /^apt install drbd-utils /,
    by: 'scripts/guests/root-image.ts',
    as: "'ocfs2-tools', 'drbd-utils', 'nfs-kernel-server'",
  },
  { command: /^apt remove /, by: 'test/cluster/everyday.test.ts', as: "'remove'" },
  {
    command: /^(crm configure (primitive|clone|location)|pcs resource (create|update)|crm resource meta) /,
    by: 'test/conformance/package/documented-configuration.ts',
    as: 'documentedCommands()',
  },
  {
    command: /^(crm configure load|sh .*\.pcs|pcs constraint order)/,
    by: 'test/conformance/installed.test.ts',
    as: 'loadByPcs',
  },
  {
    command: /^(pcs cluster cib before\.xml|cp before\.xml after\.xml)$/,
    by: 'test/conformance/installed.test.ts',
    as: 'by the commands at its head',
  },
  {
    command: /^pcs resource disable$/,
    by: 'test/conformance/package/documented-configuration.ts',
    as: 'resource disable p_stack',
  },
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
  { command: /^docker compose up( -d)?$/, by: 'scripts/show/demo.ts', as: "'up', '-d'" },
  { command: /^docker compose pull/, by: 'test/peers/compose-stack-start.test.ts', as: "['pull']" },
  { command: /^docker kill$/, by: 'test/cluster/everyday.test.ts', as: 'docker kill' },
  { command: /^nsenter --net=.* curl /, by: 'test/cluster/stack-cluster.ts', as: "'nsenter'" },
  { command: /^haha-doctor --json$/, by: 'test/cluster/doctor-report.ts', as: "'--json'" },
  { command: /^haha-drill (--yes )?move$/, by: 'test/cluster/everyday.test.ts', as: 'haha-drill --yes' },
  { command: /^haha-drill move p_export$/, by: 'test/conformance/drill.test.ts', as: "'move', 'p_export'" },
  {
    command: /^haha-drill (--(?!services)\w+ .* )?(kill-app|fence|cut-)/,
    by: 'test/cluster/drills.ts',
    as: 'cut-network',
  },
  { command: /^haha-drill --services /, by: 'test/conformance/drill.test.ts', as: 'mqtt://127.0.0.1' },
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
  {
    command: /^drbdadm connect --discard-my-data/,
    by: 'test/storage/drbd.test.ts',
    as: 'drbdadm connect --discard-my-data',
  },
  { command: /^nfsstat -m$/, by: 'test/storage/move.test.ts', as: "'nfsstat -m'" },
  { command: /^mkfs\.ocfs2 /, by: 'scripts/guests/storage.ts', as: 'mkfs.ocfs2' },
  { command: /^npx vitest run --project peers /, by: 'test/peers/fence/matrix.test.ts', as: 'test' },
  { command: /^apt (upgrade|install)$/, by: 'test/conformance/package.test.ts', as: 'apt upgrade --yes' },
  { command: /^sbd -d DEVICE dump$/, by: 'test/storage/boot-units.test.ts', as: 'sbd -d' },
  {
    command: /^systemctl enable (o2cb ocfs2|drbd@share\.target)$/,
    by: 'test/storage/boot-units.test.ts',
    as: 'systemctl enable',
  },
  { command: /^exportfs -r$/, by: 'test/storage/export.test.ts', as: "guest('exportfs -r')" },
  {
    command: /^stonith_admin --confirm /,
    by: 'test/cluster/fencing-by-hand.full.test.ts',
    as: 'stonith_admin --confirm',
  },
  { command: /^ssh -o BatchMode=yes /, by: 'test/cluster/drills.ts', as: 'bringSsh(' },
  { command: /^node --version$/, by: 'test/peers/nodes.test.ts', as: 'node' },
]

export const NOT_RUN: readonly NotRun[] = [
  { command: /^editor /, why: 'waits for somebody who types' },
  {
    command: /^(nvidia-smi|ollama |docker create .*--gpus)/,
    why: 'needs a GPU, or the real Ollama',
  },
]
