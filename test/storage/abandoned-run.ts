import { bootGuests, openLab } from '../../scripts/guests/lab.ts'

// A run that opens the labs that it is told, the first for itself and with a guest, tells its pid, and waits to be killed.

const [own = '', ...others] = process.argv.slice(2)
for (const name of others) await openLab(name)
await bootGuests(await openLab(`${own}-${process.pid}`), ['a'])
process.stdout.write(`${process.pid}\n`)
setInterval(() => undefined, 60_000)
