import { createInterface } from 'node:readline'

/** Asks the operator at his terminal. Anything but a yes is a no, the end of his input too. */
export function confirm(question: string): Promise<boolean> {
  // Not as an editor: that takes Ctrl-C for itself, and nobody would be interrupted.
  const lines = createInterface({ input: process.stdin, output: process.stdout, terminal: false })
  return new Promise(resolve => {
    lines.once('close', () => resolve(false))
    lines.question(`${question} [y/N] `, answer => {
      resolve(/^y(es)?$/i.test(answer.trim()))
      lines.close()
    })
  })
}
