/**
 * Backs up a stack under load with `hostpulse backup` and restores the archive with `hostpulse restore`. The restored stack has the
 * same points, alerts, silences, keys and sessions.
 */
import { execFile, execFileSync, spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { renderTarHeader, tarEnd, tarPadding } from '../../bin/backup/tar-header.ts';
import { builtProgram } from '../support/binaries.ts';
import type { CliResult } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { type RunningStack, startStack } from '../support/stack.ts';
import { webhookPayloadOf } from '../support/webhook-payload.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostpulse-backup-'));
const archive = join(folder, 'hostpulse.tar.gz');
const restored = join(folder, 'restored');
let stack: RunningStack;
let load: Load;

interface Load {
  /** Timestamps of the samples that the gateway has accepted. */
  readonly accepted: number[];
  stop(): Promise<void>;
}

beforeAll(async () => {
  stack = await startStack({
    relayConfig: 'time_zone: Europe/Berlin\n',
    files: { 'gateway.yml': 'limit: {collect_requests: 100000}\n' },
  });
  load = startLoad(stack);
}, 150_000);

afterAll(async () => {
  await load.stop();
  await stack.remove();
  rmSync(folder, { recursive: true });
}, 60_000);

function ask(path: string, body?: unknown, key = adminKey(stack)): Promise<Response> {
  return fetch(`${stack.urls.gateway}${path}`, {
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
}

function adminKey({ urls }: RunningStack): string {
  return readFileSync(urls.admin_key_file, 'utf8').trim();
}

async function push(...timestamps: readonly number[]): Promise<number> {
  const points = timestamps.map((time) => [time, time % 1_000]);
  return (await ask('/api/v1/metrics/collect', { host: 'web-1', metrics: [{ name: 'load', points }] })).status;
}

/** Pushes a sample every 50 ms. */
function startLoad(target: RunningStack): Load {
  const accepted: number[] = [];
  let isStopped = false;
  const done = (async () => {
    while (!isStopped && target === stack) {
      const timestamp = Date.now();
      if ((await push(timestamp)) === 202) accepted.push(timestamp);
      await sleep(50);
    }
  })();
  return {
    accepted,
    async stop() {
      isStopped = true;
      await done;
    },
  };
}

function command(...args: readonly string[]): Promise<CliResult> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [builtProgram, ...args], (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

/** Returns the timestamps of the pushed series that Prometheus has. */
async function storedTimes(): Promise<ReadonlySet<number>> {
  const data = (await stack.askPrometheus(`query?query=${encodeURIComponent('load[3h]')}`)) as {
    readonly result: readonly { readonly values: readonly (readonly [number, string])[] }[];
  };
  return new Set(data.result.flatMap(({ values }) => values.map(([seconds]) => Math.round(seconds * 1_000))));
}

interface State {
  readonly alerts: unknown;
  readonly silences: unknown;
  readonly rules: unknown;
  readonly relayConfig: string;
}

async function readState(): Promise<State> {
  const json = async (path: string) => (await ask(path)).json() as Promise<Record<string, unknown>>;
  const { alerts } = await json('/api/v1/alerts');
  const { silences } = await json('/api/v1/silences');
  const { rules } = await json('/api/v1/alerts/rules');
  const names = (rules as readonly { readonly name: string }[]).map(({ name }) => name);
  return { alerts, silences, rules: names, relayConfig: readFileSync(join(stack.dataDirectory, 'relay.yml'), 'utf8') };
}

test('a new stack is healthy for "hostpulse doctor"', async () => {
  const { stdout } = await eventually({ what: 'no fault', limitMs: 150_000 }, async () => {
    const result = await command('doctor', '--data-dir', stack.dataDirectory);
    if (result.code !== 0) throw new Error(result.stdout);
    return result;
  });
  expect(stdout).toMatch(/\n0 faults, \d+ warnings?, \d+ ok\n$/);
}, 180_000);

test('a backup that is killed leaves no archive, and the next backup deletes its temporary files', async () => {
  const child = spawn(process.execPath, [builtProgram, 'backup', archive, '--data-dir', stack.dataDirectory]);
  const exited = new Promise((resolve) => child.once('exit', resolve));
  await eventually({ what: 'a partial archive', limitMs: 30_000, pollMs: 1 }, () =>
    readdirSync(folder).some((name) => name.startsWith('.hostpulse.tar.gz.partial-')) ? true : undefined,
  );
  child.kill('SIGKILL');
  await exited;
  expect(existsSync(archive)).toBe(false);
  expect(existsSync(join(stack.dataDirectory, 'backup.json'))).toBe(true);
  expect(await command('backup', archive, '--data-dir', stack.dataDirectory)).toMatchObject({ code: 0, stderr: '' });
  expectNoRemains();
  rmSync(archive);
}, 120_000);

test('a backup that is stopped by a signal leaves no file', async () => {
  const child = spawn(process.execPath, [builtProgram, 'backup', archive, '--data-dir', stack.dataDirectory]);
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  await eventually({ what: 'a partial archive', limitMs: 30_000, pollMs: 1 }, () =>
    readdirSync(folder).some((name) => name.startsWith('.hostpulse.tar.gz.partial-')) ? true : undefined,
  );
  child.kill('SIGTERM');
  expect(await exited).toBe(1);
  expect(existsSync(archive)).toBe(false);
  expectNoRemains();
}, 120_000);

function expectNoRemains(): void {
  expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  expect(existsSync(join(stack.dataDirectory, 'backup.json'))).toBe(false);
  expect(existsSync(join(stack.dataDirectory, 'prometheus', 'data', 'snapshots'))).toBe(false);
}

test('the restored stack has the same points, alerts, silences, rules, keys and sessions', async () => {
  const relayToken = readFileSync(join(stack.dataDirectory, 'alertmanager', 'relay-token'), 'utf8').trim();
  const created = await command(
    'key',
    'create',
    '--name',
    'reader',
    '--scope',
    'read',
    '--data-dir',
    stack.dataDirectory,
  );
  const link = (await command('key', 'login-link', '--data-dir', stack.dataDirectory)).stdout.trim();
  const cookie = (await fetch(link, { redirect: 'manual' })).headers.getSetCookie()[0]?.split(';')[0] ?? '';
  expect(cookie).toMatch(/^hostpulse_session=/);
  const rule = { name: 'Kept', expr: 'vector(1) > 2', severity: 'warning' };
  expect((await ask('/api/v1/alerts/rules', rule)).status).toBe(201);
  const silence = {
    matchers: [
      { name: 'alertname', value: 'A.*', isRegex: true },
      { name: 'instance', value: 'web-1', isEqual: false },
    ],
    duration: '2h',
    comment: 'backup',
  };
  expect((await ask('/api/v1/silences', silence)).status).toBe(201);
  const webhook = await fetch(`${stack.urls.relay}/webhook`, {
    method: 'POST',
    headers: { authorization: `Bearer ${relayToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(
      webhookPayloadOf([
        { name: 'Kept', status: 'resolved', startsAtMs: Date.now() - 60_000, endsAtMs: Date.now() },
        { name: 'Kept', startsAtMs: Date.now() },
      ]),
    ),
  });
  expect(webhook.status).toBe(200);
  // Pushes samples that are an hour late: Prometheus stores them out of order, and has not written them to a block yet.
  const late = Array.from({ length: 20 }, (_, at) => Date.now() - 3_600_000 + at * 1_000);
  expect(await push(...late)).toBe(202);
  await eventually({ what: 'the late samples in Prometheus', limitMs: 60_000 }, async () => {
    const stored = await storedTimes();
    return late.every((time) => stored.has(time)) ? true : undefined;
  });

  const before = [...load.accepted, ...late];
  expect(before.length).toBeGreaterThan(40);
  expect(await command('backup', archive, '--data-dir', stack.dataDirectory)).toMatchObject({
    code: 0,
    stderr: '',
    stdout: expect.stringMatching(/hostpulse\.tar\.gz: \d+ files, \d+\.\d MiB\n$/),
  });
  expect(statSync(archive).mode & 0o777).toBe(0o600);
  expectNoRemains();
  const state = await readState();
  const refused = await command('restore', archive, '--data-dir', stack.dataDirectory, '--force');
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('a stack runs already over') });
  await load.stop();
  await stack.remove();

  expect(await command('restore', archive, '--data-dir', restored)).toMatchObject({ code: 0, stderr: '' });
  expect(statSync(join(restored, 'admin-key')).mode & 0o777).toBe(0o600);
  stack = await startStack({ dataDirectory: restored });
  const stored = await eventually({ what: 'every sample', limitMs: 60_000 }, async () => {
    const times = await storedTimes();
    return before.every((time) => times.has(time)) ? times : undefined;
  });
  expect(before.filter((time) => !stored.has(time))).toEqual([]);
  expect(await readState()).toEqual(state);
  expect((await ask('/api/v1/hosts', undefined, created.stdout.trim())).status).toBe(200);
  const session = await fetch(`${stack.urls.gateway}/api/v1/hosts`, { headers: { cookie } });
  expect(session.status).toBe(200);
}, 230_000);

test('a damaged archive is refused, and restore changes no file', async () => {
  const target = join(folder, 'untouched');
  const short = join(folder, 'short.tar.gz');
  copyFileSync(archive, short);
  truncateSync(short, statSync(archive).size - 100);
  const flipped = join(folder, 'flipped.tar.gz');
  const bytes = readFileSync(archive);
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 0xff;
  writeFileSync(flipped, bytes);
  for (const file of [short, flipped]) {
    const { code, stderr } = await command('restore', file, '--data-dir', target);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/(?:cannot be restored|is damaged): /)]);
    expect(readdirSync(target)).toEqual([]);
  }
});

/** Writes a valid gzip archive of these files, as another version of hostpulse may write it. Returns the path. */
function writeCrafted(name: string, files: Readonly<Record<string, string>>): string {
  const blocks = Object.entries(files).flatMap(([path, text]) => {
    const content = Buffer.from(text);
    return [
      renderTarHeader({ path, mode: 0o600, sizeBytes: content.length, timeSeconds: 0 }),
      content,
      tarPadding(content.length),
    ];
  });
  writeFileSync(join(folder, name), gzipSync(Buffer.concat([...blocks, tarEnd])));
  return join(folder, name);
}

const head = { format: 1, version: '0.2.0', createdAt: '2026-11-29T00:00:00.000Z' };

test.each([
  [
    'a newer format',
    { 'hostpulse-backup.json': JSON.stringify({ ...head, format: 2, version: '9.0.0' }) },
    /restore it with hostpulse 9\.0\.0 or later/,
  ],
  ['no backup', { 'data/admin-key': 'x' }, /the first file is data\/admin-key/],
  ['no manifest', { 'hostpulse-backup.json': JSON.stringify(head), 'data/admin-key': 'x' }, /has no manifest/],
  [
    'a file that the manifest does not list',
    {
      'hostpulse-backup.json': JSON.stringify(head),
      'data/admin-key': 'x',
      'manifest.json': JSON.stringify({ ...head, files: [] }),
    },
    /is damaged: data\/admin-key/,
  ],
  [
    'a path outside the data directory',
    { 'hostpulse-backup.json': JSON.stringify(head), 'data/../../x': 'x' },
    /unexpected path "data\/\.\.\/\.\.\/x"/,
  ],
] as const)('an archive is refused: %s', async (name, files, expected) => {
  const target = join(folder, 'crafted');
  const { code, stderr } = await command('restore', writeCrafted(`${name}.tar.gz`, files), '--data-dir', target);
  expect([code, stderr]).toEqual([1, expect.stringMatching(expected)]);
  expect(readdirSync(target)).toEqual([]);
});

test('a data directory that is not empty needs --force, which moves its files aside', async () => {
  const target = join(folder, 'used');
  mkdirSync(join(target, 'logs'), { recursive: true });
  writeFileSync(join(target, 'relay.yml'), '# mine\n');
  const refused = await command('restore', archive, '--data-dir', target);
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/is not empty \(relay\.yml\); --force moves/),
  });
  expect(await command('restore', archive, '--data-dir', target, '--force')).toMatchObject({ code: 0 });
  const aside = readdirSync(target).find((name) => name.startsWith('before-restore-')) ?? '';
  expect(readFileSync(join(target, aside, 'relay.yml'), 'utf8')).toBe('# mine\n');
  expect(readFileSync(join(target, 'relay.yml'), 'utf8')).toBe('time_zone: Europe/Berlin\n');
});

test('a stopped stack can be backed up, and tar reads the archive', async () => {
  const target = join(folder, 'stopped');
  const copy = join(folder, 'copy.tar.gz');
  expect(await command('restore', archive, '--data-dir', target)).toMatchObject({ code: 0 });
  expect(await command('backup', copy, '--data-dir', target)).toMatchObject({ code: 0, stderr: '' });
  const names = (file: string): readonly string[] =>
    execFileSync('tar', ['tzf', file], { encoding: 'utf8' }).trimEnd().split('\n').toSorted();
  expect(names(copy)).toEqual(names(archive));
});
