/**
 * Tests the packages: `npm run test:packages`.
 *
 * The test builds the packages twice and compares the bytes, checks sizes and contents, and runs the unpacked programs: the agent for x64
 * with a scrape, a password and a stop, the agent for arm64 under QEMU with a scrape, and the command of the server. Arguments select
 * packages: `npm run test:packages -- agent-linux-x64`. `all` adds the packages for macOS and Windows, and the server's packages for arm64.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { run } from '../../scripts/run-command.ts';
import { arm64Libraries, ensureQemu } from '../../scripts/tools/qemu.ts';
import { checkDeb, checkRpm, sizeOf, unpackArchive } from './package-files.ts';
import { createReport, expectAtMost, expectEqual } from './report.ts';
import { runAgent } from './run-agent.ts';

const maxAgentPackageBytes = 32e6;
const maxInstalledAgentBytes = 120e6;
const maxStartMs = 500;
/** Maximum number of starts. The check passes when one start is fast enough, because other programs of this machine slow down starts. */
const starts = 5;

const root = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'hostpulse-packages-'));
const ofLinux = ['agent', 'deb', 'rpm'].flatMap((kind) => ['x64', 'arm64'].map((cpu) => `${kind}-linux-${cpu}`));
const standard = [...ofLinux, 'server-linux-x64', 'server-deb-linux-x64'];
const others = [
  'agent-darwin-x64',
  'agent-darwin-arm64',
  'agent-win-x64',
  'server-linux-arm64',
  'server-deb-linux-arm64',
];
const given = process.argv.slice(2);
const names = given.length === 0 ? standard : given[0] === 'all' ? [...standard, ...others] : given;
const { check, finish } = createReport();

const digest = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

async function build(out: string): Promise<readonly string[]> {
  const only = names.flatMap((name) => ['--only', name]);
  await run(process.execPath, [join(root, 'scripts', 'launch.cjs'), 'package', ...only, '--out', out]);
  return readdirSync(out)
    .filter((name) => name.startsWith('hostpulse'))
    .sort();
}

async function checkAgent(own: string): Promise<void> {
  const agent = join(own, 'hostpulse-agent');
  await check('the unpacked agent is small', () => expectAtMost(sizeOf(own), maxInstalledAgentBytes));
  await check('the agent starts, is scraped and stops', async () => {
    let fastestMs = Number.POSITIVE_INFINITY;
    for (let at = 0; at < starts && fastestMs > maxStartMs; at += 1)
      fastestMs = Math.min(fastestMs, await runAgent([agent]));
    if (fastestMs > maxStartMs) throw new Error(`the first answer came after ${fastestMs} ms, expected ${maxStartMs}`);
    return `${fastestMs.toFixed(0)} ms to the first answer`;
  });
  const webConfig = join(folder, 'web.yml');
  writeFileSync(webConfig, `basic_auth_users: {ops: '${hashSync('secret', 4)}'}\n`);
  await check('the agent compares passwords', async () => {
    await runAgent([agent], { flags: [`--web.config.file=${webConfig}`], auth: 'ops:secret' });
    return undefined;
  });
  await check('the agent checks its configuration', () => {
    execFileSync(agent, [`--config.file=${join(own, 'agent.yml')}`, '--check-config'], { stdio: 'ignore' });
    return undefined;
  });
}

async function checkArm64Agent(own: string): Promise<void> {
  let qemu: string;
  try {
    qemu = ensureQemu();
  } catch (error) {
    process.stdout.write(
      `skipped the arm64 agent: QEMU cannot be had: ${Error.isError(error) ? error.message : String(error)}\n`,
    );
    return;
  }
  await check('the arm64 agent starts under QEMU, is scraped and stops', async () => {
    const elapsedMs = await runAgent([qemu, '-L', arm64Libraries, join(own, 'hostpulse-agent')]);
    return `${elapsedMs.toFixed(0)} ms to the first answer`;
  });
}

/** Runs the command of the archive, which finds its Node, and its Prometheus. */
async function checkServer(own: string): Promise<void> {
  const version = (command: string): string => execFileSync(join(own, command), ['--version'], { encoding: 'utf8' });
  await check("the server's command runs", () => version('deploy/hostpulse').trim());
  await check("the server's Prometheus runs", () => version('programs/usr/bin/prometheus').split('\n')[0]);
  await check(
    "the server's Alertmanager runs",
    () => version('programs/usr/bin/prometheus-alertmanager').split('\n')[0],
  );
  await check('the server has the agents of its version', () => readdirSync(join(own, 'agents')).join(', '));
  await check('the server has the licences of its programs', () => {
    const licences = readFileSync(join(own, 'THIRD-PARTY-LICENSES'), 'utf8');
    for (const name of ['Node.js', 'prometheus 3', 'prometheus-alertmanager', 'express 5'])
      if (!licences.includes(`\n${name}`) && !licences.startsWith(name)) throw new Error(`no licence of ${name}`);
    return undefined;
  });
}

try {
  const first = join(folder, 'first');
  const second = join(folder, 'second');
  const files = await build(first);
  await check('every package is built', () => expectEqual(files.length, names.length) ?? files.join(', '));
  await build(second);
  for (const file of files) {
    const built = join(first, file);
    await check(`${file} has the same bytes when it is built again`, () =>
      expectEqual(digest(join(second, file)), digest(built)),
    );
    const limit = file.startsWith('hostpulse-agent') ? maxAgentPackageBytes : Number.POSITIVE_INFINITY;
    await check(`${file} is small`, () => expectAtMost(statSync(built).size, limit));
    if (file.endsWith('.deb')) await check(`${file} is complete`, () => checkDeb(built));
    if (file.endsWith('.rpm'))
      await check(`${file} is installed and removed by rpm`, () => checkRpm(built, join(folder, `root-${file}`)));
  }
  rmSync(second, { recursive: true });
  await check('SHA256SUMS fits the packages', () => {
    execFileSync('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: first });
    return undefined;
  });
  const unpack = (pattern: RegExp): string => {
    const file = files.find((name) => pattern.test(name)) as string;
    return unpackArchive(join(first, file), join(folder, file.replace('.tar.gz', '')));
  };
  if (names.includes('agent-linux-x64')) await checkAgent(unpack(/^hostpulse-agent-.*linux-x64\.tar\.gz$/));
  if (names.includes('agent-linux-arm64')) await checkArm64Agent(unpack(/^hostpulse-agent-.*linux-arm64\.tar\.gz$/));
  if (names.includes('server-linux-x64')) await checkServer(unpack(/^hostpulse-\d.*linux-x64\.tar\.gz$/));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (!finish()) process.exitCode = 1;
