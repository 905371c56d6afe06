import { quoted } from './on-node.ts'

const TABLE = 'inet haha_drill'

const RULES = `table ${TABLE} {
  chain in { type filter hook input priority -300; iif "lo" accept; drop; }
  chain out { type filter hook output priority -300; oif "lo" accept; drop; }
  chain through { type filter hook forward priority -300; drop; }
}`

/** How a node drops every packet but the loopback's, and stops doing so: two lines of shell. */
export interface PacketFilter {
  readonly name: string
  readonly cut: string
  readonly mend: string
}

const NFT: PacketFilter = {
  name: 'nft',
  cut: `printf %s ${quoted(RULES)} | nft -f -`,
  mend: `nft delete table ${TABLE}`,
}

const iptables = (change: '-I' | '-D', joint: '&&' | ';'): string =>
  ['iptables', 'ip6tables']
    .flatMap(program =>
      ['INPUT ! -i lo', 'OUTPUT ! -o lo', 'FORWARD'].map(
        rule => `${program} -w ${change} ${rule} -m comment --comment haha-drill -j DROP`,
      ),
    )
    .join(` ${joint} `)

const IPTABLES: PacketFilter = {
  name: 'iptables',
  cut: iptables('-I', '&&'),
  mend: iptables('-D', ';'),
}

const FILTERS = [NFT, IPTABLES] as const

/** Prints the name of the filter that this node has; fails when it has none. */
export const WHICH_FILTER =
  'if nft list tables >/dev/null 2>&1; then echo nft; elif iptables -w -nL >/dev/null && ip6tables -w -nL >/dev/null; then echo iptables; else exit 1; fi'

/** The filter that {@link WHICH_FILTER} named. */
export const filterNamed = (text: string): PacketFilter | undefined =>
  FILTERS.find(({ name }) => name === text.trim())
