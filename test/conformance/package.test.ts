import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { cibWithStack } from './package/cib.ts'
import { debOfVersion, PROJECT } from './package/stub-dist.ts'
import { type ThrowAwayRoot, throwAwayRoot } from './package/throw-away-root.ts'

const AGENT = '/usr/lib/ocf/resource.d/haha/compose-stack'
const STATE = '/run/resource-agents/haha/compose-stack-p_stack.json'
const STARTED = '{"version":1,"agent":"compose-stack","instance":"p_stack","active":true,"work":[]}'
const NO_CLUSTER = '/nonexistent/cib.xml'

let older: string
let newer: string
let machine: ThrowAwayRoot

beforeAll(async () => {
  older = await debOfVersion('0.0.9')
  newer = await debOfVersion('0.1.0')
})
afterAll(() => {
  for (const deb of [older, newer]) rmSync(dirname(deb), { recursive: true, force: true })
})
beforeEach(async () => {
  machine = await throwAwayRoot('n1')
  // The machine under test may have the real package: these tests begin without it.
  await machine.run('dpkg --purge --force-all resource-agents-haha; true')
})
afterEach(() => machine.dispose())

async function install(deb: string, installer = 'dpkg --install'): Promise<void> {
  const { exitCode, output } = await machine.run(`${installer} ${deb}`)
  expect(exitCode, output).toBe(0)
}

/** dpkg --remove, as apt-get remove runs it; without a cluster unless a CIB is given. */
async function remove(how: '--remove' | '--purge', cib?: string) {
  let file = NO_CLUSTER
  if (cib !== undefined) {
    file = join(dirname(newer), 'cib.xml')
    writeFileSync(file, cib)
  }
  return await machine.run(`dpkg ${how} resource-agents-haha`, { CIB_file: file })
}

async function started(): Promise<void> {
  await machine.run(`mkdir -p ${dirname(STATE)} && echo '${STARTED}' > ${STATE}`)
}

test('the same sources give the same bytes at another time, umask and time zone', async () => {
  const umask = process.umask(0o077)
  const zone = process.env.TZ
  process.env.TZ = 'Asia/Tokyo'
  try {
    const again = await debOfVersion('0.1.0')
    expect(readFileSync(again).equals(readFileSync(newer))).toBe(true)
    rmSync(dirname(again), { recursive: true })
  } finally {
    process.umask(umask)
    if (zone === undefined) delete process.env.TZ
    else process.env.TZ = zone
  }
})

test('lintian finds nothing in the package of this build, which has a man page for each agent', async () => {
  const dist = join(PROJECT, 'dist')
  const deb = readdirSync(dist).find(name => name.endsWith('_all.deb'))
  if (deb === undefined) throw new Error('no package in dist/: run npm run package')
  const lintian = ['--allow-root', '--info', '--tag-display-limit', '0', join(dist, deb)]
  const { all } = await execa('lintian', lintian, { all: true, reject: false })
  expect(all).toBe('')
  const { stdout } = await execa('dpkg-deb', ['--contents', join(dist, deb)])
  for (const agent of readdirSync(join(dist, 'ocf/haha'))) {
    expect(stdout).toMatch(
      new RegExp(`^-rwxr-xr-x root/root .* \\./usr/lib/ocf/resource.d/haha/${agent}$`, 'm'),
    )
    expect(stdout).toContain(`./usr/share/man/man7/ocf_haha_${agent}.7.gz`)
  }
})

test('apt installs agents that root runs and everybody reads, with man page, docs and drop-in', async () => {
  await install(newer, 'apt-get install -y --no-install-recommends')
  const { output } = await machine.run(
    `stat -c '%a %U:%G %n' ${AGENT} \
      /usr/share/man/man7/ocf_haha_compose-stack.7.gz \
      /usr/lib/systemd/system/resource-agents-deps.target.d/haha.conf \
      /usr/lib/tmpfiles.d/resource-agents-haha.conf \
      /usr/share/doc/resource-agents-haha/README.md.gz \
      /usr/share/doc/resource-agents-haha/copyright`,
  )
  expect(output.split('\n')).toEqual([
    `755 root:root ${AGENT}`,
    '644 root:root /usr/share/man/man7/ocf_haha_compose-stack.7.gz',
    '644 root:root /usr/lib/systemd/system/resource-agents-deps.target.d/haha.conf',
    '644 root:root /usr/lib/tmpfiles.d/resource-agents-haha.conf',
    '644 root:root /usr/share/doc/resource-agents-haha/README.md.gz',
    '644 root:root /usr/share/doc/resource-agents-haha/copyright',
  ])
})

test('apt upgrade brings the next release from an archive, and no other package', async () => {
  await install(older)
  const archive = [
    `mkdir /srv/archive && cp ${newer} /srv/archive && cd /srv/archive`,
    'dpkg-scanpackages --multiversion . >Packages',
    "echo 'deb [trusted=yes] file:/srv/archive ./' >/srv/archive.list",
  ]
  const only = '-o Dir::Etc::SourceList=/srv/archive.list -o Dir::Etc::SourceParts=/dev/null'
  const script = `${archive.join(' && ')} && apt ${only} update && apt upgrade --yes ${only}`
  const { exitCode, output } = await machine.run(script)
  expect(exitCode, output).toBe(0)
  expect(output).toContain('1 upgraded, 0 newly installed, 0 to remove')
  expect((await machine.run(AGENT)).output).toBe('0.1.0')
})

test('after a purge nothing is left on the machine, state of stopped resources included', async () => {
  const before = await machine.changes()
  await install(newer)
  expect(await machine.changes()).toContain(AGENT)
  await machine.run(`mkdir -p ${dirname(STATE)} && echo '${STARTED.replace('true', 'false')}' > ${STATE}`)
  const { exitCode, output } = await remove('--purge')
  expect(exitCode, output).toBe(0)
  expect(await machine.changes()).toEqual(before)
  expect((await machine.run(`ls ${dirname(STATE)}`)).exitCode).not.toBe(0)
})

test('metrics go with the package, those of others stay, and a purge takes the setting too', async () => {
  await install(newer)
  const setting = '/etc/default/resource-agents-haha'
  await machine.run(
    `mkdir /srv/prom && touch /srv/prom/haha_compose-stack_p.prom /srv/prom/apt.prom && echo 'METRICS_DIRECTORY="/srv/prom"' > ${setting}`,
  )
  expect((await remove('--remove')).exitCode).toBe(0)
  expect((await machine.run(`ls /srv/prom ${setting}`)).output).toBe(`${setting}\n\n/srv/prom:\napt.prom`)
  expect((await remove('--purge')).exitCode).toBe(0)
  expect((await machine.run(`ls ${setting}`)).exitCode).not.toBe(0)
})

test("after a removal nothing but dpkg's own note is left", async () => {
  const before = await machine.changes()
  await install(newer)
  expect((await remove('--remove')).exitCode).toBe(0)
  expect(await machine.changes()).toEqual(before)
})

test('an upgrade beside an active resource replaces the agent and leaves its state alone', async () => {
  await install(older)
  await started()
  // An action of the old release has its file open while dpkg replaces it.
  const script = `exec 5<${AGENT}; dpkg --install ${newer} >/dev/null 2>&1 || exit; cat <&5; ${AGENT}`
  const { output } = await machine.run(script, { CIB_file: NO_CLUSTER })
  expect(output).toBe("#!/usr/bin/node\nconsole.log('0.0.9')\n0.1.0")
  expect((await machine.run(`cat ${STATE}`)).output).toBe(STARTED)
})

test('removal is refused while the cluster has a resource of ours active on this node', async () => {
  await install(newer)
  const { exitCode, output } = await remove('--remove', cibWithStack('n1'))
  expect(exitCode).not.toBe(0)
  expect(output).toMatch(
    /^resource-agents-haha stays installed: p_stack is active here .* run: crm node standby n1$/m,
  )
  expect((await machine.run(AGENT)).output).toBe('0.1.0')
  expect((await machine.run('dpkg --status resource-agents-haha')).output).toMatch(
    /^Status: .* ok installed$/m,
  )
})

test('removal is refused while a resource was started and not stopped, also without a cluster', async () => {
  await install(newer)
  await started()
  const { exitCode, output } = await remove('--remove')
  expect(exitCode).not.toBe(0)
  expect(output).toMatch(
    /^resource-agents-haha stays installed: p_stack was started here and not stopped; run: .* stop$/m,
  )
  expect((await machine.run(`cat ${STATE}`)).output).toBe(STARTED)
})

test('removal is allowed when the cluster runs the resource elsewhere, whatever a crash left here', async () => {
  await install(newer)
  await started()
  const { exitCode, output } = await remove('--remove', cibWithStack('n2'))
  expect(exitCode, output).toBe(0)
})

test('a started resource that the cluster does not know keeps the package installed, and is told by its own name, not by that of its file', async () => {
  await install(newer)
  await machine.run(
    `mkdir -p ${dirname(STATE)} && echo '${STARTED}' > ${STATE.replace('p_stack', 'by_h%C3%A4nd')}`,
  )
  const { exitCode, output } = await remove('--remove', cibWithStack(undefined))
  expect(exitCode).not.toBe(0)
  expect(output).toMatch(/by_händ was started here .* OCF_RESOURCE_INSTANCE=by_händ /)
})

test('a broken /usr/bin/node stops neither upgrade nor removal', async () => {
  await install(older)
  await machine.run(
    "rm /usr/bin/node && printf '#!/bin/sh\\nexit 127\\n' > /usr/bin/node && chmod 755 /usr/bin/node",
  )
  await install(newer)
  expect((await remove('--purge')).exitCode).toBe(0)
})
