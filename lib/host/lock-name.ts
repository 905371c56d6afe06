/** Longest name that fits, with a prefix, into the 107 bytes of an abstract socket. */
const longest = 80

/** A resource's name as part of a lock's name, whatever its text: always short, different names never alike. */
export function lockName(name: string): string {
  const plain = encodeURIComponent(name)
  if (plain.length <= longest) return plain
  // FNV-1a, 32 bits: enough to keep apart the few over-long names of one machine.
  let hash = 0x811c9dc5
  for (let index = 0; index < plain.length; index += 1)
    hash = Math.imul(hash ^ plain.charCodeAt(index), 0x01000193) >>> 0
  return `${plain.slice(0, longest - 20)}~${plain.length}~${hash.toString(16)}`
}
