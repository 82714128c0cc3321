/** `hostpulse doctor` finds each planted fault of a real stack, and names its remedy. */
import { execFile, execFileSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { programsOf } from '../../scripts/tools/tool-folders.ts';
import { defaultPorts } from '../../stack/ports.ts';
import { issueCa } from '../../stack/tls/certificate.ts';
import { builtProgram } from '../support/binaries.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/process.ts';
import { freeOffset, type RunningStack, startStack } from '../support/stack.ts';
import { webhookPayloadOf } from '../support/webhook-payload.ts';

interface Finding {
  readonly check: string;
  readonly level: 'ok' | 'warning' | 'fault';
  readonly message: string;
  readonly remedy?: string;
}

interface Report {
  readonly code: number;
  readonly findings: readonly Finding[];
}

function runDoctor(args: readonly string[], nodeFlags: readonly string[] = []): Promise<Report> {
  return new Promise((resolve, reject) => {
    const all = [...nodeFlags, builtProgram, 'doctor', '--output', 'json', ...args];
    const child = execFile(process.execPath, all, (_error, stdout, stderr) => {
      if (stdout === '') reject(new Error(`no findings: ${stderr}`));
      else resolve({ code: child.exitCode ?? -1, findings: JSON.parse(stdout) as readonly Finding[] });
    });
  });
}

const folder = mkdtempSync(join(tmpdir(), 'hostpulse-doctor-'));
const small = join(folder, 'small');
/** A mount takes root; test machines permit sudo to others. */
const asRoot: readonly string[] = process.getuid?.() === 0 ? [] : ['sudo', '-n'];

function runAsRoot(...command: readonly string[]): void {
  const [program = '', ...args] = [...asRoot, ...command];
  execFileSync(program, args);
}

/** Prometheus evaluates the rule every second, and the right side has a series for each job. */
const failingRules =
  'groups:\n- name: mine\n  interval: 1s\n  rules:\n  - {alert: Mine, expr: "up * on () group_left () count by (job) (up)"}\n';
const brokenRules = 'groups:\n- name: broken\n  rules:\n  - {alert: Broken, expr: "up == ("}\n';

/** A certificate that expired yesterday. */
function writeExpiredCertificate(): { readonly certFile: string; readonly keyFile: string } {
  const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const files = { certFile: join(folder, 'server.pem'), keyFile: join(folder, 'server-key.pem') };
  const dayMs = 86_400_000;
  const [notBeforeMs, notAfterMs] = [Date.now() - 30 * dayMs, Date.now() - dayMs];
  writeFileSync(files.certFile, issueCa({ subject: 'old', notBeforeMs, notAfterMs, key }));
  writeFileSync(files.keyFile, key.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  return files;
}

let stack: RunningStack;
let deadChannelPort: number;
/** Findings about a stack that does not start, because a port is taken. */
let stopped: Report;
/** Findings while every component runs. */
let running: Report;
/** Findings while Prometheus and the relay hang, by a machine whose clock is ten minutes ahead. */
let hanging: Report;

beforeAll(async () => {
  execFileSync('mkdir', [small]);
  runAsRoot('mount', '-t', 'tmpfs', '-o', `size=240m,uid=${process.getuid?.()},mode=700`, 'tmpfs', small);
  deadChannelPort = await freePort();
  const { certFile, keyFile } = writeExpiredCertificate();
  writeFileSync(
    join(folder, 'hostpulse.yml'),
    `tls: {cert_file: ${certFile}, key_file: ${keyFile}}\nlisten: 127.0.0.1:${await freePort()}\n`,
  );
  const starting = startStack({
    dataDirectory: small,
    relayConfig: `channels:\n  dead:\n    type: webhook\n    url: http://127.0.0.1:${deadChannelPort}/\n`,
    files: { 'gateway.yml': 'queue: {max_bytes: 256KiB}\n' },
    customRules: { 'failing.rules.yml': failingRules, 'broken.rules.yml': brokenRules },
    flags: ['--config.file', join(folder, 'hostpulse.yml')],
    programs: programsOf('bookworm'),
  });
  stopped = await examineTakenPort();
  stack = await starting;
  for (const open of [folder, stack.dataDirectory]) chmodSync(open, 0o755);
  chmodSync(stack.urls.admin_key_file, 0o644);
  await Promise.all([failDelivery(), ruleFails()]);
  running = await runDoctor(doctorFlags());
  for (const name of ['prometheus', 'relay']) process.kill(stack.parts()[name] as number, 'SIGSTOP');
  await fillQueue();
  const aheadByTenMinutes = 'data:text/javascript,const now = Date.now; Date.now = () => now() + 600_000;';
  hanging = await runDoctor(doctorFlags(), ['--import', aheadByTenMinutes]);
}, 180_000);

afterAll(async () => {
  for (const name of ['prometheus', 'relay']) process.kill(stack.parts()[name] as number, 'SIGCONT');
  await stack.remove();
  runAsRoot('umount', small);
  rmSync(folder, { recursive: true });
}, 60_000);

function doctorFlags(): readonly string[] {
  return ['--data-dir', stack.dataDirectory, '--config.file', join(folder, 'hostpulse.yml')];
}

async function examineTakenPort(): Promise<Report> {
  const offset = await freeOffset();
  const server = await new Promise<Server>((resolve) => {
    const listening = createServer().listen(defaultPorts.alertmanager + offset, '127.0.0.1', () => resolve(listening));
  });
  try {
    const dataDirectory = mkdtempSync(join(folder, 'stopped-'));
    return await runDoctor(['--data-dir', dataDirectory, '--port-offset', String(offset)]);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

/** An alert whose message the relay cannot deliver. */
async function failDelivery(): Promise<void> {
  const token = readFileSync(join(small, 'alertmanager', 'relay-token'), 'utf8').trim();
  const accepted = await fetch(`${stack.urls.relay}/webhook`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(webhookPayloadOf([{ name: 'Planted', startsAtMs: Date.now() }])),
  });
  expect(accepted.status).toBe(200);
  await eventually({ what: 'a failed attempt', limitMs: 30_000 }, async () => {
    const { alerts } = (await (await askGateway('/api/v1/alerts')).json()) as {
      readonly alerts: readonly { readonly notifications: readonly { readonly attempts: number }[] }[];
    };
    return alerts.some(({ notifications }) => notifications.some(({ attempts }) => attempts > 0)) ? true : undefined;
  });
}

async function ruleFails(): Promise<void> {
  await eventually({ what: 'a failed rule', limitMs: 60_000 }, async () => {
    const { groups } = (await stack.askPrometheus('rules')) as {
      readonly groups: readonly { readonly rules: readonly { readonly health: string }[] }[];
    };
    return groups.some(({ rules }) => rules.some(({ health }) => health === 'err')) ? true : undefined;
  });
}

function askGateway(path: string, body?: unknown): Promise<Response> {
  const key = readFileSync(stack.urls.admin_key_file, 'utf8').trim();
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  return fetch(`${stack.urls.gateway}${path}`, {
    headers,
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
}

/** Pushes until the queue refuses samples. */
async function fillQueue(): Promise<void> {
  await eventually({ what: 'a full queue', limitMs: 60_000, pollMs: 0 }, async () => {
    const metrics = Array.from({ length: 200 }, (_, at) => ({
      name: 'filler',
      value: at,
      tags: { text: randomBytes(90).toString('hex') },
    }));
    const { status } = await askGateway('/api/v1/metrics/collect', { host: 'web-1', metrics });
    return status === 503 ? true : undefined;
  });
}

/** Ten faults and more, with the report that has each one. */
const planted = [
  [
    'a port that another program uses',
    () => stopped,
    {
      check: 'components',
      level: 'fault',
      message: /^port 127\.0\.0\.1:\d+ \(alertmanager\) is used by another program$/,
      remedy: /^ss -ltnp 'sport = :\d+' shows the program: stop it, or start hostpulse with --port-offset/,
    },
  ],
  [
    'an old Prometheus: samples lost at a restart',
    () => running,
    {
      check: 'versions',
      level: 'warning',
      message: /^Prometheus 2\.42\.0\S*: a restart after clean_tombstones can lose up to two hours of every host$/,
      remedy: /do not call clean_tombstones .* install Prometheus 2\.53 or later/,
    },
  ],
  [
    'an old Prometheus: points that are not replaced',
    () => running,
    {
      check: 'versions',
      level: 'warning',
      message: /^Prometheus 2\.42\.0\S*: wrong rollup points are not replaced/,
      remedy: /install Prometheus 2\.53 or later/,
    },
  ],
  [
    'a secret that every user can read',
    () => running,
    {
      check: 'permissions',
      level: 'fault',
      message: /admin-key can be read by every user of this machine \(mode 0644\)$/,
      remedy: /^chmod 600 \/.*\/admin-key$/,
    },
  ],
  [
    'a rule that fails',
    () => running,
    {
      check: 'rules',
      level: 'fault',
      message: /^rule Mine in failing\.rules\.yml fails: .*duplicate series/s,
      remedy: /^fix its expression in .*failing\.rules\.yml/,
    },
  ],
  [
    'a rule file that Prometheus cannot load',
    () => running,
    {
      check: 'rules',
      level: 'fault',
      message: /^rule file broken\.rules\.yml is broken and set aside/,
      remedy: /^promtool check rules .*broken\.rules\.yml\S+ shows the fault; fix it, then: mv /,
    },
  ],
  [
    'an expired certificate',
    () => running,
    {
      check: 'certificate',
      level: 'fault',
      message: /server\.pem: the certificate expired on \d{4}-\d\d-\d\d$/,
      remedy: /^write the renewed certificate to .*server\.pem and its key to .*server-key\.pem/,
    },
  ],
  [
    'a channel that accepts nothing',
    () => running,
    {
      check: 'channels',
      level: 'fault',
      message: /^channel dead has failed \d+ times? and is retried: .*ECONNREFUSED/,
      remedy: /hostpulse relay test --channel dead$/,
    },
  ],
  [
    'a disk with little space',
    () => running,
    {
      check: 'disk',
      level: 'fault',
      message: /^the disk is full: \d+ MiB of 240 MiB free at .*small$/,
      remedy: /^du -xh .*hostpulse tiers prune/,
    },
  ],
  [
    'a relay that hangs',
    () => hanging,
    {
      check: 'components',
      level: 'fault',
      message: /^relay: http:\/\/127\.0\.0\.1:\d+ does not answer \(not within 4 s\)$/,
      remedy: /^the process is suspended: kill -CONT \d+$/,
    },
  ],
  [
    'a Prometheus that hangs',
    () => hanging,
    {
      check: 'samples',
      level: 'fault',
      message: /^Prometheus answers no query: /,
      remedy: /^read .*prometheus\.log and fix the cause$/,
    },
  ],
  [
    'a full queue',
    () => hanging,
    {
      check: 'queue',
      level: 'fault',
      message: /^the queue is \d+ % full; at 100 % pushes are answered with 503$/,
      remedy: /^Prometheus does not accept the samples: read .*prometheus\.log/,
    },
  ],
  [
    'a clock that is ahead of the server',
    () => hanging,
    {
      check: 'clock',
      level: 'fault',
      message: /^the clock of this machine is (?:599|600|601) s ahead of the server's$/,
      remedy: /^sudo timedatectl set-ntp true/,
    },
  ],
] as const;

test.each(planted)('finds %s', (_name, report, { message, remedy, ...expected }) => {
  expect(report().findings).toContainEqual({
    ...expected,
    message: expect.stringMatching(message),
    remedy: expect.stringMatching(remedy),
  });
  expect(report().code).toBe(1);
});

test('reports no fault where none is planted', () => {
  const planted = ['permissions', 'rules', 'certificate', 'channels', 'disk'];
  const others = running.findings.filter(({ check, level }) => level === 'fault' && !planted.includes(check));
  expect(others).toEqual([]);
  expect(running.findings).toContainEqual({
    check: 'components',
    level: 'ok',
    message: 'exporter, gateway, relay, prometheus, alertmanager answer',
  });
});
