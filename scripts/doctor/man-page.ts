import { roffArgument, roffParagraph, roffText } from '../../metadata/roff.ts'
import { rules } from './catalogue.ts'
import { exitMeanings, options } from './command-line.ts'

/** The man page haha-doctor(8), from the same tables as the tool itself. */
export function doctorManPage(version: string): string {
  return `${[
    `.TH HAHA\\-DOCTOR 8 "" ${roffArgument(`haha-ocf ${version}`)} "Cluster tools"`,
    '.ad l\n.nh',
    '.SH NAME',
    'haha\\-doctor \\- says what will go wrong with a Pacemaker cluster',
    '.SH SYNOPSIS',
    '.B haha\\-doctor\n[\\-\\-json]',
    '.SH DESCRIPTION',
    ...paragraphs.map(text => `.PP\n${roffParagraph(text)}`),
    '.SH OPTIONS',
    ...options.map(([name, text]) => entry(name, text)),
    '.SH RULES',
    ...rules.map(({ id, about }) => entry(id, about)),
    '.SH EXIT STATUS',
    ...exitMeanings.map(([code, text]) => entry(String(code), text)),
    '.SH SEE ALSO',
    '.BR crm_mon (8),\n.BR cibadmin (8),\n.BR stonith_admin (8)',
  ].join('\n')}\n`
}

const paragraphs = [
  'Looks at the running cluster and at this node, and prints a block for each finding: what was seen, why it matters, and the command that cures it for crmsh and for pcs.',
  'Nothing is changed, started or locked. Everything is asked at once and for a limited time; what does not answer is told as something that could not be looked at, and the rest goes on. Files that the configuration names are looked at by a child that nobody waits for, because they may lie on a filesystem that hangs.',
  'Containers, units, packages, interfaces and files are those of the node that it runs on. Run it on every node, as root.',
]

function entry(term: string, text: string): string {
  return `.TP\n.B ${roffText(term)}\n${roffParagraph(text)}`
}
