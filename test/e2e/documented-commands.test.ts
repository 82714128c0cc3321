/**
 * Runs the commands of README, docs/ and deploy/ as written, beside a running stack. Runs every command that `elsewhere` does not list, so
 * that a new command in a document is run.
 */
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { binaryPath, builtProgram } from '../support/binaries.ts';
import { type DocumentedLine, documents, listLines } from '../support/documented-commands/documented-commands.ts';
import { readMarkdownCode } from '../support/documented-commands/markdown-code.ts';
import { root } from '../support/documented-commands/named-things.ts';
import { eventually } from '../support/eventually.ts';
import { type RunningStack, startStack } from '../support/stack.ts';
import { startWebhookSink, type WebhookSink } from '../support/webhook-sink.ts';

/**
 * Commands that do not run here, each with the place that runs the command or with the reason. The first pattern that matches a command
 * decides. Each pattern must decide for a command, and the places must differ.
 */
const elsewhere: readonly (readonly [pattern: RegExp, place: string])[] = [
  [
    /^(?:UPDATE_GOLDEN=1 )?npm |^node scripts\/launch\.cjs/,
    'scripts of this repository: test/docs/commands.test.ts checks names and arguments',
  ],
  [/^node /, 'test/docs/commands.test.ts runs code and parses arguments'],
  [
    /^hostpulse (?:exporter|gateway|relay|up)(?: --config\.file relay\.yml| --collector\.process_groups .*)?$/s,
    'servers: test/bin/, test/e2e/stack.test.ts',
  ],
  [/^hostpulse tiers restore-hints /, 'a Prometheus that `up` does not run: test/deploy/compose.test.ts'],
  [/^hostpulse restore /, 'needs a stopped stack: test/e2e/backup.test.ts'],
  [/^docker |^cp \.env|^sed -i|^\(\n|^chown /, 'a container engine: test/containers/'],
  [/^pg_dump |^backup-metrics /, 'examples with programs that the tests do not run'],
  [
    /\/etc\/hostpulse\/|\/var\/lib\/hostpulse\/|\/opt\/hostpulse\/|^mkdir -p \/opt|^sudo |^apt |^systemd-sysusers|^userdel|^tar /,
    'an installed server: test/install/',
  ],
  [/^systemctl |^journalctl |-agent-0\.2\.0|^\.\/hostpulse-agent/, 'an installed agent: test/install/'],
  [/^dnf |^zypper /, 'no such system; test/packages/ checks the package with rpm'],
  [/launchctl|^powershell/, 'macOS and Windows'],
  [/^kubectl |^kustomize /, 'a cluster: test/docs/commands.test.ts compares the names with the manifests'],
  [/^helm /, 'test/docs/commands.test.ts renders the chart with these values'],
  [
    /^(?:cd hostpulse-rules|promtool (?:check|test) rules|hostpulse rules generate)/,
    'test/docs/existing-prometheus.test.ts',
  ],
  [/^wget |^curl -s http:\/\/prometheus:9090/, 'a server elsewhere; test/install/agent.ts runs the line for wget'],
  [/^vmalert |^victoria-metrics /, 'test/support/victoria-metrics.ts starts both with these flags'],
  [/^hostpulse tiers copy /, 'copies 31 days in minutes: test/e2e/tiers-copy.test.ts'],
  [/^install -d /, 'users of an installed server'],
  [/^(?:kill|stat|unshare|openssl|iostat|awk|ps|smartctl|nvidia-smi|perf|strace) /, 'programs of the system'],
  [/^cat \/proc\/mdstat$/, 'a host with a RAID array'],
];

/** Exit codes other than 0, with the reason. */
const exitCodes: Readonly<Record<string, readonly number[]>> = {
  // There is no record of that time: web-1 has no exporter here, and the other host's is new.
  'hostpulse top web-1 --at 03:12': [1],
  'curl "localhost:9100/api/top?at=2026-01-31T03:12:00Z"': [22],
  // The stack has no alert 7.
  'hostpulse alerts ack 7 --note "a backup runs"': [1],
  'hostpulse alerts ack 7 --name Ana --note "a backup runs"': [1],
  'hostpulse alerts unack 7': [1],
  'hostpulse sessions revoke ID': [2], // a placeholder
  "grep -E 'nightly|not deleted|repair' data/logs/gateway.log": [1], // nothing has failed
  // 1 while the stack is younger than five minutes and has no 5-minute point.
  'hostpulse tiers repair --from 2026-01-31T12:00:00Z --to 2026-01-31T14:00:00Z --host web-1': [0, 1],
};

const rota = 'oncall: {ops: {time_zone: UTC, people: {ana: [team]}, weekly: [{from: mon 09:00, person: ana}]}}\n';

const folder = mkdtempSync(join(tmpdir(), 'hostpulse-documented-'));
const programs = join(folder, 'bin');
let stack: RunningStack;
let sink: WebhookSink;
/** The key that the last command created: `hp_...` in a document. */
let key = '';

/** The lines of the documents in the order of a reader, because later documents use keys and hosts of earlier documents. */
const lines: readonly DocumentedLine[] = [
  'README.md',
  'docs/api.md',
  ...documents.filter((document) => /^(?:README\.ko|docs\/|deploy\/)/.test(document) && document !== 'docs/api.md'),
]
  .flatMap((document) => listLines(document))
  .map((line) => ({ ...line, source: withoutComment(line.source) }))
  .filter(({ source }, at, all) => all.findIndex((each) => each.source === source) === at);

function withoutComment(source: string): string {
  return source.replace(/\s+#\s.*$/, '').trim();
}

const placeOf = (source: string): string | undefined => elsewhere.find(([pattern]) => pattern.test(source))?.[1];

/** Returns the first block of the document that contains the text. Throws when no block contains the text. */
function blockOf(document: string, text: string): string {
  const found = readMarkdownCode(readFileSync(join(root, document), 'utf8')).blocks.find((each) =>
    each.text.includes(text),
  );
  if (found === undefined) throw new Error(`${document} has no block with ${text}`);
  return found.text;
}

beforeAll(async () => {
  sink = await startWebhookSink();
  const channel = (name: string): string => `  ${name}: {type: webhook, url: ${sink.url}}\n`;
  mkdirSync(join(folder, 'agents'));
  writeFileSync(join(folder, 'agents', 'hostpulse-agent-0.2.0-linux-x64.tar.gz'), 'an agent that no host downloads');
  const data = join(folder, 'data');
  mkdirSync(data);
  stack = await startStack({
    dataDirectory: data,
    relayConfig: `channels:\n${['team', 'oncall', 'NAME'].map(channel).join('')}routes:\n  - channels: [team]\n${rota}`,
    files: { 'gateway.yml': `hosts: {agents_directory: ${join(folder, 'agents')}}\n` },
  });
  writeFileSync(join(folder, 'rules.yml'), blockOf('README.md', '# rules.yml'));
  writeFileSync(join(folder, 'key'), readFileSync(join(data, 'admin-key')));
  mkdirSync(programs);
  const script = (name: string, text: string): void => {
    writeFileSync(join(programs, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(programs, name), 0o755);
  };
  script('hostpulse', `exec ${process.execPath} ${builtProgram} "$@"`);
  // In a clone, `npx hostpulse` runs the command that package.json names.
  script('npx', '"$@"');
  // curl exits with 22 for a problem that the gateway returns.
  writeFileSync(join(folder, '.curlrc'), 'fail-with-body\n');
  for (const host of ['HOST', 'web-1']) await push(host);
  await eventually({ what: 'a current value of this host', limitMs: 60_000 }, async () => {
    const { stdout } = await run(
      `curl -s -H "Authorization: Bearer $(cat data/admin-key)" "localhost:9180/api/v1/metrics/current?metric=cpu.usage.total"`,
    );
    return stdout.includes('"value":') ? true : undefined;
  });
}, 240_000);

afterAll(async () => {
  await stack?.remove();
  await sink?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function push(host: string): Promise<void> {
  const body = JSON.stringify({ host, metrics: [{ name: 'cpu.usage.total', value: 1, unit: 'percent' }] });
  const { code, stdout } = await run(
    `curl -s -H "Authorization: Bearer $(cat data/admin-key)" -H 'Content-Type: application/json' localhost:9180/api/v1/metrics/collect -d '${body}'`,
  );
  if (code !== 0) throw new Error(`the push failed: ${stdout}`);
}

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command with the ports, keys and folders of this test instead of the documented ones. */
function run(source: string): Promise<Ended> {
  const host = (url: string): string => new URL(url).host;
  const command = source
    .replaceAll(/(?:localhost|127\.0\.0\.1):9180/g, host(stack.urls.gateway))
    .replaceAll(/(?:localhost|127\.0\.0\.1):9090/g, host(stack.urls.prometheus))
    .replaceAll('127.0.0.1:9093', host(stack.urls.alertmanager))
    .replaceAll(/(?:localhost|127\.0\.0\.1|host):9100/g, host(stack.urls.exporter))
    .replaceAll('https://monitoring.example.com', stack.urls.gateway)
    .replaceAll('/srv/hostpulse/data', stack.dataDirectory)
    .replaceAll('PASSWORD', readFileSync(stack.urls.alertmanager_password_file, 'utf8').trim())
    .replaceAll('MOUNTPOINT', folder)
    .replaceAll('hp_...', key)
    .replaceAll('--url ...', `--url ${stack.urls.gateway} --api-key-file key`);
  const tools = ['promtool', 'amtool'].map((name) => dirname(binaryPath(name)));
  const env = {
    ...process.env,
    HOME: folder,
    NODE_OPTIONS: '',
    PATH: [programs, ...tools, process.env['PATH']].join(delimiter),
  };
  return new Promise((resolve) => {
    // Ends all programs of the line, not the shell alone.
    const child = execFile('timeout', ['90', 'sh', '-c', command], { cwd: folder, env }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout, stderr });
    });
  });
}

test('every listed place and exit code is of a command', () => {
  const places = new Set(lines.map(({ source }) => placeOf(source)));
  expect(elsewhere.filter(([, place]) => !places.has(place))).toEqual([]);
  const sources = lines.filter(({ source }) => placeOf(source) === undefined).map(({ source }) => source);
  expect(Object.keys(exitCodes).filter((source) => !sources.includes(source))).toEqual([]);
  expect(lines.length).toBeGreaterThan(150);
});

test('the commands run as written', async () => {
  const here = lines.filter(({ source }) => placeOf(source) === undefined);
  expect(here.length).toBeGreaterThan(50);
  const failed: string[] = [];
  for (const { place, source } of here) {
    const { code, stdout, stderr } = await run(source);
    key = /^hp_\S+$/m.exec(stdout)?.[0] ?? key;
    if (!(exitCodes[source] ?? [0]).includes(code))
      failed.push(`${place}: ${source}: exit code ${code}\n${stdout}${stderr}`);
  }
  expect(failed).toEqual([]);
}, 600_000);
