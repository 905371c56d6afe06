/** A container that does nothing, of an image that the lab's engines have. */
const IDLE = (name: string) => `docker run -d --name ${name} haha/busybox:1 sleep 60`

/** Units that do nothing, on at boot, as a package leaves its own. */
const units = (...names: readonly string[]) =>
  `${names
    .map(
      name =>
        `printf '[Service]\\nExecStart=/bin/sleep 600\\nRestart=always\\n[Install]\\nWantedBy=multi-user.target\\n' >/etc/systemd/system/${name}.service`,
    )
    .join(' && ')} && systemctl daemon-reload && systemctl enable ${names.join(' ')}`

const NFS = ['nfs-server', 'nfsdcld', 'rpc-statd'] as const

/** Leaves no unit of that name behind. */
const withoutUnits = (...names: readonly string[]) =>
  `systemctl disable -q --now ${names.join(' ')} && rm -rf ${names.map(name => `/etc/systemd/system/${name}.service*`).join(' ')} && systemctl daemon-reload`

/** Which answers for units that neither run nor are started at boot. */
const areOff = (...names: readonly string[]) =>
  names.map(name => `! systemctl is-active -q ${name} && ! systemctl is-enabled -q ${name}`).join(' && ')

/** A resource of its own that the cluster keeps stopped, forced to run by hand, and gone again. */
const FORCED = `crm configure primitive p_forced ocf:pacemaker:Dummy meta target-role=Stopped && crm_resource --wait && crm_resource --force-start --resource p_forced && crm_resource --force-check --resource p_forced && crm_resource --force-stop --resource p_forced && crm configure delete p_forced`

/** A command that the full run types on a node of the three-node cluster. */
export interface Look {
  readonly command: string
  /** What is typed instead, where a page only names the command, or takes something of the operator's for granted. */
  readonly typed?: string
  /** Default: the node that has the stack. */
  readonly on?: 'standby'
  /** Exit codes besides 0 of what finds nothing there, and may say so. */
  readonly fine?: readonly number[]
}

/** Commands of the pages that look at a cluster, or touch only what the test itself brings. */
export const LOOKS: readonly Look[] = [
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
  { command: 'systemctl restart docker', on: 'standby' },
  { command: 'systemctl is-enabled nfs-server', fine: [1, 4] },
  { command: 'systemctl status nfs-server', fine: [4] },
  { command: 'systemctl show -p Restart ollama' },
  {
    command: 'systemctl disable ollama',
    typed: `${units('ollama')} && systemctl disable ollama && ${withoutUnits('ollama')}`,
    on: 'standby',
  },
  {
    command: 'systemctl disable --now ollama',
    typed: `${units('ollama')} && systemctl start ollama && systemctl disable --now ollama && ${areOff('ollama')} && ${withoutUnits('ollama')}`,
    on: 'standby',
  },
  {
    command: 'systemctl edit ollama',
    // It wants a terminal, and somebody who types.
    typed: `${units('ollama')} && printf '#!/bin/sh\\nprintf "[Service]\\\\nRestart=no\\\\n" >"$1"\\n' >/root/typist && chmod 755 /root/typist && EDITOR=/root/typist script -qec 'systemctl edit ollama' /dev/null && systemctl show -p Restart ollama | grep -x Restart=no && ${withoutUnits('ollama')}`,
    on: 'standby',
  },
  {
    command: 'systemctl start nfs-server',
    typed: `${units('nfs-server')} && systemctl start nfs-server && systemctl is-active -q nfs-server && ${withoutUnits('nfs-server')}`,
    on: 'standby',
  },
  {
    command: 'systemctl disable --now nfs-server nfsdcld rpc-statd',
    typed: `${units(...NFS)} && systemctl start ${NFS.join(' ')} && systemctl disable --now nfs-server nfsdcld rpc-statd && ${areOff(...NFS)} && ${withoutUnits(...NFS)}`,
    on: 'standby',
  },
  { command: 'crm_resource --force-start', typed: FORCED, on: 'standby' },
  { command: 'pcs resource cleanup p_stack node=node1' },
  { command: 'journalctl -u pacemaker | grep fence_homelab', fine: [1] },
  {
    command: "journalctl -u corosync --since -30d | grep -E 'Token has not been received|not scheduled for'",
    fine: [1],
  },
  { command: 'dmesg | tail -50' },
  { command: 'dmesg | grep -i split', fine: [1] },
  { command: 'dmesg | grep -i xid', fine: [1] },
  { command: 'cat /proc/<pid>/stack' },
  { command: 'ping -c 3 -M do -s 1472 PEER' },
  { command: 'ping -c 3 -M do -s 8972 PEER', fine: [1] },
  { command: 'ls -l', typed: 'ls -l /etc/pacemaker/authkey' },
  { command: 'docker logs', typed: 'docker logs <container>' },
  { command: 'docker inspect', typed: 'docker inspect <container>' },
  { command: 'docker compose config', typed: 'docker compose --project-directory /mnt/iot/stack config' },
  {
    command: 'docker compose config -q',
    typed: 'docker compose --project-directory /mnt/iot/stack config -q',
  },
  { command: "stonith_admin --history '*' --verbose" },
  {
    command: 'docker unpause',
    typed: `${IDLE('seen')} && docker pause seen && docker unpause seen && docker rm -f seen`,
    on: 'standby',
  },
  {
    command: 'docker rm homeassistant mosquitto',
    typed: `${IDLE('homeassistant')} && ${IDLE('mosquitto')} && docker stop -t 0 homeassistant mosquitto && docker rm homeassistant mosquitto`,
    on: 'standby',
  },
  {
    command: 'cp /usr/share/resource-agents-haha/prometheus/haha-alerts.yml /etc/prometheus/',
    typed:
      'mkdir -p /etc/prometheus && cp /usr/share/resource-agents-haha/prometheus/haha-alerts.yml /etc/prometheus/',
  },
  { command: 'install -D -m 0600 /dev/null /etc/haha/esphome.key' },
  { command: "echo '192.168.1.50 share' >> /etc/hosts" },
  {
    command: 'echo works',
    typed:
      'for agent in /usr/lib/ocf/resource.d/haha/*; do $agent meta-data >/dev/null || exit 1; done && echo works',
  },
]

/** Looks at a share, which a test of the layer `storage` types in the guest that serves one. */
export const SHARE_LOOKS: readonly string[] = [
  'exportfs -v',
  'cat /proc/fs/nfsd/nfsv4gracetime',
  'cat /proc/fs/nfsd/nfsv4leasetime',
  'cat /sys/kernel/config/cluster/*/heartbeat/dead_threshold',
  'cat /sys/kernel/debug/o2hb/*/elapsed_time_in_ms',
  "debugfs.ocfs2 -R 'fs_locks -B' /dev/drbd0",
  'cat /run/resource-agents/haha/nfs-ocfs2-export-p_export.durations.json',
]
