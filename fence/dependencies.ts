/**
 * Ways in which a fence device may depend on what it fences, found in its address alone. Each is a
 * warning: the operator may know better, but should have been told.
 */
export function dependencyWarnings(hosts: readonly string[], port: number): readonly string[] {
  const warnings: string[] = []
  for (const host of hosts) {
    if (host.endsWith('.local'))
      warnings.push(`ip=${host} needs mDNS on the network at the moment of fencing: use the IP address`)
    else if (!/^[\d.]+$/.test(host) && !host.includes(':'))
      warnings.push(
        `ip=${host} is a name: if the cluster serves DNS, it is gone when needed; use the IP address`,
      )
    if (/home-?assistant|hassio|mqtt|mosquitto/i.test(host))
      warnings.push(
        `ip=${host} looks like a service of the cluster itself: a dead node would have to fence itself`,
      )
  }
  if (port === 8123)
    warnings.push('ipport=8123 is Home Assistant: it may run on the node to be fenced; use the device')
  if (port === 1883 || port === 8883)
    warnings.push(`ipport=${port} is an MQTT broker: it may run on the node to be fenced; use the device`)
  return warnings
}
