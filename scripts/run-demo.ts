import { onInterrupt } from './drill/interrupt.ts'

// Before anything else is loaded: Ctrl-C is answered from the first moment on.
const interrupted = onInterrupt('everything it started is taken down')
const { demo } = await import('./show/command.ts')
process.exit(await demo(process.cwd(), process.argv.slice(2), interrupted))
