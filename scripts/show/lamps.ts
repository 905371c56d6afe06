/** What the client of the lamps asks for. */
export const LAMPS_ANSWERS = 'light'

const GROUP = 1
/** Zigbee Cluster Library: a command of a cluster of its own, from client to server. */
const CLUSTER_COMMAND = 1
const TO_SERVER = 0

/** A request for Zigbee2MQTT (`bridge/request/action`): one Zigbee frame that toggles all lamps of a group. */
export function toggleLamps(transaction: string): string {
  const zcl = { frame_type: CLUSTER_COMMAND, direction: TO_SERVER, command_key: 'toggle', payload: {} }
  const params = { group_id: GROUP, cluster_key: 'genOnOff', zcl }
  return JSON.stringify({ action: 'raw', params, transaction })
}
