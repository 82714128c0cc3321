// Subject: docs/replicas.md
/** Checks that two gateways on one PostgreSQL share keys, sessions and leases, and recover after an outage of the database. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Secret } from '../../common/program/settings/secret.ts';
import { openEpisode } from '../../common/store/relay-records.ts';
import { runCli } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { type RunningGateway, startGateway } from '../support/gateway.ts';
import { createPostgres, postgresPassword, type TestPostgres } from '../support/postgres.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostpulse-replicas-'));
const urlFile = join(folder, 'database-url');
let postgres: TestPostgres;
let gateways: RunningGateway[] = [];

beforeAll(async () => {
  postgres = await createPostgres();
  await postgres.start();
  const url = await postgres.createDatabase('gateways');
  writeFileSync(urlFile, `${url}\n`);
  const databaseUrl = new Secret(url);
  gateways = await Promise.all([startGateway({ databaseUrl }), startGateway({ databaseUrl })]);
});
afterAll(async () => {
  for (const gateway of gateways) await gateway.stop();
  await postgres?.remove();
  rmSync(folder, { recursive: true, force: true });
});

const key = (...args: readonly string[]) => runCli(['key', ...args, '--database.url-file', urlFile]);

const statuses = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  Promise.all(gateways.map(async (gateway) => (await gateway.fetch(path, { headers })).status));

test('a key created on the command line works at both gateways until it is revoked', async () => {
  const { stdout } = await key('create', '--name', 'shared', '--scope', 'read');
  const bearer = { authorization: `Bearer ${stdout.trim()}` };
  expect(await statuses('/api/v1/alerts', bearer)).toEqual([200, 200]);
  expect((await key('revoke', 'shared')).stdout).toContain('revoked');
  // PostgreSQL does not report changes, so a valid key is cached for one second.
  await eventually({ what: 'both refuse it', limitMs: 30_000 }, async () =>
    (await statuses('/api/v1/alerts', bearer)).every((status) => status === 401) ? true : undefined,
  );
});

test('commands accept a file with the URL and never print the URL', async () => {
  const file = ['--database.url-file', urlFile];
  expect(await runCli(['hosts', 'forget', 'web-9', ...file])).toMatchObject({
    code: 1,
    stderr: 'hostpulse hosts: no pushed host is named "web-9"\n',
  });
  expect(await runCli(['relay', 'dead', 'list', ...file])).toMatchObject({ code: 0, stderr: '' });
  for (const program of ['gateway', 'relay']) {
    const { code, stdout } = await runCli([program, '--print-config', ...file]);
    expect([program, code, stdout.includes('url: <secret>')]).toEqual([program, 0, true]);
    expect(stdout).not.toContain(postgresPassword);
  }
});

test('an invalid URL is refused without printing it', async () => {
  const env = { HOSTPULSE_RELAY_DATABASE_URL: `mysql://root:${postgresPassword}@db/hostpulse` };
  const { code, stderr } = await runCli(['relay', '--check-config'], { env });
  expect(code).toBe(2);
  expect(stderr).toContain('HOSTPULSE_RELAY_DATABASE_URL: expected postgres://user:password@host:5432/database');
  expect(stderr).not.toContain(postgresPassword);
});

test('both return the same history', async () => {
  const [first] = gateways;
  if (first === undefined) throw new Error('no gateway');
  await openEpisode(first.store.db, {
    fingerprint: 'a',
    labels: { alertname: 'CpuHigh', instance: 'web-1' },
    annotations: { value: '99' },
    receiver: 'relay',
    generatorUrl: undefined,
    externalUrl: undefined,
    startsAtMs: 1_800_000_000_123,
    nowMs: 1_800_000_000_456,
  });
  const [one, other] = await Promise.all(
    gateways.map(async (gateway) => (await gateway.get('/api/v1/alerts?host=web-1&state=firing')).json()),
  );
  expect(one).toMatchObject({
    alerts: [{ rule: 'CpuHigh', starts_at: '2027-01-15T08:00:00.123Z', notifications: [] }],
  });
  expect(other).toEqual(one);
});

test('without the database both report down without an address, and recover on their own', async () => {
  const health = (gateway: RunningGateway) => gateway.fetch('/api/v1/health');
  const database = async (gateway: RunningGateway) =>
    ((await (await health(gateway)).json()) as { components: { database: { status: string } } }).components.database;
  const untilDatabaseIs = (status: 'ok' | 'down') =>
    Promise.all(
      gateways.map((gateway) =>
        eventually({ what: `the database is ${status}`, limitMs: 60_000 }, async () =>
          (await database(gateway)).status === status ? true : undefined,
        ),
      ),
    );
  await untilDatabaseIs('ok');
  await postgres.stop('SIGQUIT');
  try {
    await untilDatabaseIs('down');
    for (const gateway of gateways) {
      expect((await health(gateway)).status).toBe(503);
      expect(await database(gateway)).toMatchObject({ reason: 'the database does not answer' });
      expect((await gateway.get('/api/v1/alerts')).status).toBe(500);
      expect((await gateway.fetch('/-/healthy')).status).toBe(200);
    }
  } finally {
    await postgres.start();
  }
  await untilDatabaseIs('ok');
  expect(await Promise.all(gateways.map(async (gateway) => (await gateway.get('/api/v1/alerts')).status))).toEqual([
    200, 200,
  ]);
  for (const gateway of gateways) expect(gateway.log()).not.toContain(postgresPassword);
});

test('one gateway at a time writes up; a stop hands the lease over', async () => {
  const holders = () =>
    postgres.query<{ holder: string }>("select holder from leases where name = 'liveness'", 'gateways');
  const first = await eventually({ what: 'a holder of the lease', limitMs: 60_000 }, async () => (await holders())[0]);
  expect(first.holder).not.toBe('');
  for (const gateway of gateways.splice(0)) await gateway.stop();
  expect(await holders()).toEqual([]);
});
