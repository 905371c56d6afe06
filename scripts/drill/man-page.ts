import { roffArgument, roffExample, roffParagraph, roffText } from '../../metadata/roff.ts'
import { KINDS } from './kinds.ts'
import { KIND_TEXTS, optionRows, PURPOSE } from './manual.ts'

/** The man page haha-drill(8). */
export function drillManPage(version: string): string {
  const item = (name: string, text: string) => ['.TP', `.B ${roffText(name)}`, roffParagraph(text)]
  const paragraph = (text: string) => ['.PP', roffParagraph(text)]
  return [
    `.TH HAHA\\-DRILL 8 "" ${roffArgument(`haha-ocf ${version}`)} "Cluster administration"`,
    '.SH NAME',
    `haha\\-drill \\- ${roffText(PURPOSE)}`,
    '.SH SYNOPSIS',
    '.B haha\\-drill',
    roffText(`[options] ${KINDS.join('|')} [resource or node]`),
    '.SH DESCRIPTION',
    roffParagraph(
      'Runs as root on a node of the cluster. It shows its plan first: what it will do, on which node, what it expects and how it takes it back. Then it asks. It refuses when it cannot see the end: a node that is offline, unclean, in maintenance or on standby where it is needed, a failed resource, no quorum, no fencing where a node is to be lost, no other node that could run the resource.',
    ),
    ...paragraph(
      'While it runs, each service is asked ten times a second from where the drill runs. It ends when every service has answered for a second and the cluster has done what it ought to, takes back what it made, and reports detection, fencing, take-over, first answer and the outage of each service, beside those of the last drill of the kind. What it made is also taken back when it is interrupted or fails.',
    ),
    ...paragraph(
      'Without a resource or node it takes the only stack of the cluster. A node means the resource that is active on it.',
    ),
    '.SH DRILLS',
    ...KINDS.flatMap(kind => item(kind, KIND_TEXTS[kind])),
    '.SH OPTIONS',
    ...optionRows().flatMap(([name, text]) => item(name, text)),
    '.SH EXAMPLES',
    'Every month, and what the house was away goes to Prometheus:',
    roffExample('haha-drill --yes move'),
    '.PP',
    'The real thing, from another node than the one that loses its power:',
    roffExample('haha-drill --html /root/drill.html cut-power n1'),
    '.SH EXIT STATUS',
    ...item('0', 'Every service answered again, and everything was taken back.'),
    ...item('1', 'Something did not come back, or could not be taken back; the last lines say what.'),
    ...item('2', 'Not asked properly.'),
    ...item('3', 'Refused; nothing was done.'),
    ...item('130, 143', 'Interrupted; what was made was taken back.'),
    '.SH FILES',
    ...item('/var/lib/haha-drill/', 'The record of each drill, one JSON file each.'),
    '.SH SEE ALSO',
    '.BR crm_resource (8),',
    '.BR stonith_admin (8),',
    '.BR fence_homelab (8)',
    '',
  ].join('\n')
}
