// Appends numbered lines through the descriptor 9 that it was given, with an fsync each, and notes beside
// it what was acknowledged and when: the client whose data and whose lock must survive.
const { appendFileSync, fsyncSync, writeSync } = require('node:fs')
const { createHash } = require('node:crypto')

const journal = process.argv[2]
const asleep = new Int32Array(new SharedArrayBuffer(4))
for (let number = 0; ; number++) {
  const text = `${number} ${createHash('md5').update(String(number)).digest('hex')}`
  try {
    if (writeSync(9, `${text}\n`) !== text.length + 1) throw Object.assign(new Error(), { code: 'SHORT' })
    fsyncSync(9)
    appendFileSync(journal, `${text} ${Math.round(performance.now())}\n`)
  } catch (error) {
    appendFileSync(journal, `${number} FAILED ${error.code}\n`)
  }
  Atomics.wait(asleep, 0, 0, 100)
}
