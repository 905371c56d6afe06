import { spawn } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { kernelText } from '../../lib/host/processes.ts'
import { eventually } from './eventually.ts'
import { type OllamaTrial, ollamaTrial } from './ollama-trial.ts'
import { installOllama } from './players/ollama.ts'

let trial: OllamaTrial

beforeAll(async () => {
  trial = await ollamaTrial()
})
afterAll(() => trial?.end())
afterEach(async () => {
  trial.ollama.behave({})
  expect((await trial.act('stop')).code).toBe(0)
})

describe('env_file', () => {
  const start = (text: string) => {
    const file = join(trial.ollama.folder, 'env')
    writeFileSync(file, text)
    return trial.act('start', { parameters: { env_file: file } })
  }

  test('is handed over and never run; other parameters win over it', async () => {
    const mark = join(trial.ollama.folder, 'pwned')
    const text = `# comment\nOLLAMA_NUM_PARALLEL=2\nQUOTED="a b"\nEVIL=$(touch ${mark})\nOLLAMA_HOST=0.0.0.0:1\n`
    expect((await start(text)).code).toBe(0)
    const environment = kernelText(`/proc/${trial.ollama.servers()[0]?.pid}/environ`).split('\0')
    expect(environment).toEqual(
      expect.arrayContaining(['OLLAMA_NUM_PARALLEL=2', 'QUOTED=a b', `EVIL=$(touch ${mark})`]),
    )
    expect(environment).toContain(`OLLAMA_HOST=127.0.0.1:${trial.ollama.port}`)
  })

  test.each(['rm -rf /\n', 'A="b\n', 'export A=b\n', '\0\x01\n', '=\n', 'A=\0\n', '\u{1f4a5}=1\n'])(
    'with %j is refused with its line, and without its text',
    async text => {
      const { code, reason } = await start(text)
      expect(code).toBe(2)
      expect(reason).toMatch(/, line 1 (?:is not NAME=value|has a quote that is not closed|holds a NUL)$/)
    },
  )

  test('that others than root can write is refused: its variables reach programs of root', async () => {
    const file = join(trial.ollama.folder, 'foreign')
    writeFileSync(file, 'LD_PRELOAD=/tmp/evil.so\n')
    const refused = { code: 4, reason: expect.stringContaining('chown root, chmod go-w') }
    chmodSync(file, 0o666)
    expect(await trial.act('start', { parameters: { env_file: file } })).toMatchObject(refused)
    chmodSync(file, 0o600)
    chownSync(file, 65534, 65534)
    expect(await trial.act('start', { parameters: { env_file: file } })).toMatchObject(refused)
  })

  test.each([
    ['a folder', () => trial.ollama.models, 'is no file'],
    ['a device', () => '/dev/full', 'can be written by others'],
    ['longer than any', () => longFile(), 'is longer than 262144 bytes'],
  ])('that is %s is refused', async (_, path, text) => {
    chmodSync(trial.ollama.models, 0o755)
    const { code, reason } = await trial.act('start', { parameters: { env_file: path() } })
    expect(reason).toContain(text)
    expect([2, 4]).toContain(code)
  })

  const longFile = () => {
    const file = join(trial.ollama.folder, 'long')
    writeFileSync(file, 'A=b\n'.repeat(100_000))
    return file
  }
})

describe('start', () => {
  test.each([
    ['stranger', 'something not JSON'],
    ['cut-off', 'in the middle of its answer'],
    ['endless', 'more than 1 MiB'],
  ] as const)('with a server whose answers are %s says so at once', async (answers, text) => {
    trial.ollama.behave({ answers })
    const { code, reason, durationMs } = await trial.act('start')
    expect(code).toBe(1)
    expect(reason).toContain('the server started, but')
    expect(reason).toContain(text)
    expect(reason.length).toBeLessThan(200)
    expect(durationMs).toBeLessThan(10_000)
  })

  test('beside a server at another address of the same port is no trouble', async () => {
    const other = createServer().listen(trial.ollama.port, '127.0.0.9')
    try {
      await eventually(async () => expect(other.listening).toBe(true))
      expect((await trial.act('start')).code).toBe(0)
    } finally {
      other.close()
    }
  })
})

describe('validate-all warns', () => {
  const warned = async (parameters: Readonly<Record<string, string>> = {}): Promise<string> => {
    const { code, stderr } = await trial.act('validate-all', { checkLevel: 10, parameters })
    expect(code).toBe(0)
    return stderr
  }

  test('of the packaged unit, until a drop-in takes its Restart=always away', async () => {
    expect(await warned()).toBe('')
    trial.gpu.unit('[Service]\nExecStart=/usr/local/bin/ollama serve\nRestart=always\n')
    expect(await warned()).toContain(
      'ollama.service has Restart=always, which fights Pacemaker: systemctl disable --now ollama',
    )
    trial.gpu.unit('[Service]\nRestart=no\n', 'haha.conf')
    expect(await warned()).toBe('')
  })

  test('of a models directory that another server uses, also where both mean the default', async () => {
    const other = await installOllama()
    const home = other.folder
    mkdirSync(join(home, '.ollama/models'), { recursive: true })
    const child = spawn(other.program, ['serve'], {
      env: { OLLAMA_HOST: `127.0.0.1:${other.port}`, HOME: home },
      stdio: 'ignore',
    })
    try {
      await eventually(async () => expect(other.servers()).toHaveLength(1))
      expect(await warned()).toBe('')
      expect(await warned({ models_dir: join(home, '.ollama/models') })).toContain(
        `is shared with the server of pid ${child.pid}`,
      )
    } finally {
      other.remove()
    }
  })

  test.each([
    ['on this node', '<node name="n1" id="1" cached="true"/>', true],
    ['on no node', '', true],
    ['on another node', '<node name="n2" id="2" cached="true"/>', false],
  ])('of a resource of class systemd %s, where a container has the GPU', async (_, node, expected) => {
    const resource = `<resource id="p_cups" resource_agent="systemd:cups" role="Started"`
    const xml = `<pacemaker-result><resources>${resource}${node === '' ? '/>' : `>${node}</resource>`}<resource id="p_ip" resource_agent="ocf:heartbeat:IPaddr2"><node name="n1"/></resource></resources></pacemaker-result>`
    const crmMon = join(trial.gpu.programs, 'crm_mon')
    writeFileSync(crmMon, `#!/bin/sh\necho '${xml}'\n`)
    chmodSync(crmMon, 0o755)
    const { stderr } = await trial.act('validate-all', {
      checkLevel: 10,
      parameters: { mode: 'docker', socket: '/nowhere.sock' },
    })
    // Without an engine the container itself is a problem; the warning needs none.
    expect(stderr.includes('Pacemaker reloads systemd for systemd:cups')).toBe(expected)
    expect(await warned()).not.toContain('systemd:cups')
  })
})
