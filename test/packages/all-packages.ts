/**
 * `npm run test:packages`: builds the agent's packages for Linux twice and compares the bytes, checks their sizes, and runs the
 * unpacked agents: that of x64 with a scrape, a password and a stop; that of arm64 under QEMU with a scrape. Arguments select
 * packages: `npm run test:packages -- agent-linux-x64`.
 */
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hashSync } from 'bcryptjs';
import { run } from '../../scripts/run-command.ts';
import { arm64Libraries, ensureQemu } from '../../scripts/tools/qemu.ts';

const maxArchiveBytes = 32e6;
const maxInstalledBytes = 120e6;
const startLimitMs = 120_000;

const root = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'hostpulse-packages-'));
const all = ['agent-linux-x64', 'deb-linux-x64', 'agent-linux-arm64', 'deb-linux-arm64'];
const given = process.argv.slice(2);
const names = given.length === 0 ? all : given;
let passed = 0;
let failed = 0;

async function check(name: string, act: () => Promise<string | undefined> | string | undefined): Promise<void> {
  try {
    const detail = await act();
    passed += 1;
    process.stdout.write(`ok      ${name}${detail === undefined ? '' : `: ${detail}`}\n`);
  } catch (error) {
    failed += 1;
    process.stdout.write(`FAILED  ${name}: ${Error.isError(error) ? error.message : String(error)}\n`);
  }
}

function expectEqual(got: unknown, expected: unknown): undefined {
  if (got !== expected) throw new Error(`expected ${String(expected)}, got ${String(got)}`);
}

function expectAtMost(bytes: number, limit: number): string {
  if (bytes > limit) throw new Error(`expected at most ${limit / 1e6} MB, got ${(bytes / 1e6).toFixed(1)} MB`);
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

const digest = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

async function build(out: string): Promise<readonly string[]> {
  const only = names.flatMap((name) => ['--only', name]);
  await run(process.execPath, [join(root, 'scripts', 'launch.cjs'), 'package', ...only, '--out', out]);
  return readdirSync(out)
    .filter((name) => name.startsWith('hostpulse-agent'))
    .sort();
}

function unpack(archive: string, platform: string): string {
  const target = join(folder, platform);
  mkdirSync(target);
  execFileSync('tar', ['xzf', archive, '-C', target, '--strip-components=1']);
  return target;
}

function sizeOf(path: string): number {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}

interface Scraped {
  readonly status: number;
  readonly text: string;
}

function scrape(socketPath: string, auth?: string): Promise<Scraped> {
  return new Promise((resolve, reject) => {
    const options = { socketPath, path: '/metrics', ...(auth !== undefined && { auth }) };
    const sent = request(options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on('error', reject).end();
  });
}

/** Starts the agent on a socket, scrapes it, and stops it. Returns the time from the start to the first answer. */
async function runAgent(
  [command, ...args]: readonly [string, ...string[]],
  { flags = [], auth }: { readonly flags?: readonly string[]; readonly auth?: string } = {},
): Promise<string> {
  const socket = join(folder, `${passed + failed}.sock`);
  const startedAt = performance.now();
  const child = spawn(command, [...args, `--web.listen-address=unix:${socket}`, '--log.level=warn', ...flags], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const exited = new Promise<number | null>((resolve) => child.on('exit', resolve));
  try {
    let answer: Scraped | undefined;
    while (answer === undefined) {
      answer = await scrape(socket, auth).catch(() => undefined);
      if (child.exitCode !== null) throw new Error(`the agent ended with exit code ${child.exitCode}`);
      if (performance.now() - startedAt > startLimitMs) throw new Error(`no answer within ${startLimitMs / 1000} s`);
      if (answer === undefined) await sleep(5);
    }
    const elapsedMs = performance.now() - startedAt;
    expectEqual(answer.status, 200);
    for (const name of ['node_load1', 'node_memory_MemTotal_bytes', 'hostpulse_build_info'])
      if (!answer.text.includes(`\n${name}`)) throw new Error(`the answer has no ${name}`);
    if (auth !== undefined) expectEqual((await scrape(socket, 'ops:wrong')).status, 401);
    child.kill('SIGTERM');
    expectEqual(await exited, 0);
    return `${elapsedMs.toFixed(0)} ms to the first answer`;
  } finally {
    child.kill('SIGKILL');
  }
}

try {
  const first = join(folder, 'first');
  const second = join(folder, 'second');
  const files = await build(first);
  await check('every package is built', () => expectEqual(files.length, names.length) ?? files.join(', '));
  await build(second);
  for (const file of files) {
    await check(`${file} has the same bytes when it is built again`, () =>
      expectEqual(digest(join(second, file)), digest(join(first, file))),
    );
    await check(`${file} is small`, () => expectAtMost(statSync(join(first, file)).size, maxArchiveBytes));
  }
  await check('SHA256SUMS fits the packages', () => {
    execFileSync('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: first });
    return undefined;
  });
  const archiveOf = (platform: string): string =>
    join(first, files.find((file) => file.endsWith(`${platform}.tar.gz`)) as string);
  if (names.includes('agent-linux-x64')) {
    const own = unpack(archiveOf('linux-x64'), 'x64');
    const agent = join(own, 'hostpulse-agent');
    await check('the unpacked agent is small', () => expectAtMost(sizeOf(own), maxInstalledBytes));
    await check('the agent starts, is scraped and stops', () => runAgent([agent]));
    const webConfig = join(folder, 'web.yml');
    writeFileSync(webConfig, `basic_auth_users: {ops: '${hashSync('secret', 4)}'}\n`);
    await check('the agent compares passwords', () =>
      runAgent([agent], { flags: [`--web.config.file=${webConfig}`], auth: 'ops:secret' }),
    );
    await check('the agent checks its configuration', () => {
      execFileSync(agent, [`--config.file=${join(own, 'agent.yml')}`, '--check-config'], { stdio: 'ignore' });
      return undefined;
    });
  }
  if (names.includes('agent-linux-arm64')) {
    const arm64 = unpack(archiveOf('linux-arm64'), 'arm64');
    const qemu = ensureQemu();
    await check('the arm64 agent starts under QEMU, is scraped and stops', () =>
      runAgent([qemu, '-L', arm64Libraries, join(arm64, 'hostpulse-agent')]),
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
if (failed > 0) process.exitCode = 1;
