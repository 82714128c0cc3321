/** The store on a PostgreSQL server: start, restart, sharing, limits, and a database of a newer version. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { messageOf } from '../../../common/program/log.ts';
import { Secret } from '../../../common/program/settings/secret.ts';
import { exclusively } from '../../../common/store/leases.ts';
import { openStore } from '../../../common/store/open.ts';
import { listPushedHosts, markSilent, recordPushes } from '../../../ingest-gateway/liveness/pushed-hosts.ts';
import { createPostgres, postgresPassword, type TestPostgres } from '../../support/postgres.ts';

const execute = promisify(execFile);
let postgres: TestPostgres;

beforeAll(async () => {
  postgres = await createPostgres();
  await postgres.start();
});
afterAll(() => postgres?.remove());

const open = async (name: string) => openStore({ path: '', url: new Secret(await postgres.createDatabase(name)) });

/** Every text of the error and its causes. */
const allWords = (error: unknown): string =>
  Error.isError(error) ? `${messageOf(error)} ${error.stack} ${allWords(error.cause)}` : JSON.stringify(error ?? '');

describe('openStore', () => {
  test('four programs that open an empty database at once migrate it once', async () => {
    const url = await postgres.createDatabase('fresh');
    const script = `
      const { openStore } = await import(${JSON.stringify(join(import.meta.dirname, '../../../common/store/open.ts'))});
      const { Secret } = await import(${JSON.stringify(join(import.meta.dirname, '../../../common/program/settings/secret.ts'))});
      const store = await openStore({ path: '', url: new Secret(process.env.DATABASE) });
      const row = await store.db.selectFrom('kysely_migration').select(({ fn }) => fn.countAll().as('count')).executeTakeFirst();
      console.log(row.count);
      await store.close();`;
    const counts = await Promise.all(
      [1, 2, 3, 4].map(async () => {
        const env = { ...process.env, NODE_OPTIONS: '', DATABASE: url };
        const { stdout } = await execute(process.execPath, ['--input-type=module', '-e', script], { env });
        return Number(stdout);
      }),
    );
    expect(counts).toHaveLength(4);
    expect(new Set(counts).size).toBe(1);
    expect(counts[0]).toBeGreaterThanOrEqual(9);
  });

  test('a database of a newer version is refused', async () => {
    const store = await open('newer');
    await sql`insert into kysely_migration (name, timestamp) values ('9999-future', '2999-01-01')`.execute(store.db);
    await store.close();
    const url = new Secret(`postgres://hostpulse:${postgresPassword}@127.0.0.1:${postgres.port}/newer`);
    await expect(openStore({ path: '', url })).rejects.toThrow(/cannot reach or migrate the database .*newer/);
  });

  test.each([
    ['a wrong password', (port: number) => `postgres://hostpulse:wrong-secret@127.0.0.1:${port}/postgres`],
    ['no such database', (port: number) => `postgres://hostpulse:${postgresPassword}@127.0.0.1:${port}/nowhere`],
    ['no server', () => 'postgres://hostpulse:wrong-secret@127.0.0.1:1/postgres'],
  ])('%s: the error names the database and contains no secret', async (_name, urlOf) => {
    const url = urlOf(postgres.port);
    const error = await openStore({ path: '', url: new Secret(url) }).catch((thrown: unknown) => thrown);
    const words = allWords(error);
    expect(words).toContain(`cannot reach or migrate the database ${url.slice(url.indexOf('@') + 1)}`);
    expect(words).not.toMatch(new RegExp(`wrong-secret|${postgresPassword}`));
  });
});

test('an open store works again after the server restarts', async () => {
  const store = await open('restarted');
  const count = () => sql<{ n: number }>`select 1 as n`.execute(store.db);
  expect((await count()).rows).toEqual([{ n: 1 }]);
  await postgres.stop('SIGINT');
  await expect(count()).rejects.toThrow();
  await postgres.start();
  expect((await count()).rows).toEqual([{ n: 1 }]);
  await store.close();
});

test('exclusive work of one name never overlaps; work of another name does not wait', async () => {
  const first = await open('exclusive');
  const second = await openStore({
    path: '',
    url: new Secret(`postgres://hostpulse:${postgresPassword}@127.0.0.1:${postgres.port}/exclusive`),
  });
  const steps: string[] = [];
  const [held, isIn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const one = exclusively(first.db, 'alerts', async () => {
    steps.push('one begins');
    isIn.resolve();
    await held.promise;
    steps.push('one ends');
  });
  await isIn.promise;
  const two = exclusively(second.db, 'alerts', async () => void steps.push('two'));
  await exclusively(second.db, 'pushed_hosts', async () => void steps.push('another name'));
  held.resolve();
  await Promise.all([one, two]);
  expect(steps).toEqual(['one begins', 'another name', 'one ends', 'two']);
  await Promise.all([first.close(), second.close()]);
});

test('gateways that write the same hosts in different orders do not deadlock', async () => {
  const store = await open('hosts');
  const hosts = Array.from({ length: 1_500 }, (_, at) => `web-${at}`);
  const seen = (order: readonly string[], at: number) =>
    order.map((host) => ({ host, lastPushMs: at, lastSampleMs: at, intervalMs: 5_000.5 }));
  const rounds = Array.from({ length: 10 }, (_, round) => round);
  await Promise.all(
    rounds.flatMap((round) => [
      recordPushes(store.db, seen(hosts, 1_000 + round)),
      recordPushes(store.db, seen(hosts.toReversed(), 1_000 + round)),
      markSilent(store.db, { hosts: hosts.slice(0, 700), nowMs: 2_000 }),
    ]),
  );
  const listed = await listPushedHosts(store.db);
  expect(listed).toHaveLength(1_500);
  expect(new Set(listed.map(({ lastPushMs }) => lastPushMs))).toEqual(new Set([1_009]));
  await store.close();
});

test('a session has limits, and waits for the disk unless durability is `process`', async () => {
  const url = new Secret(await postgres.createDatabase('limits'));
  const shown = async (durability: 'commit' | 'process') => {
    const store = await openStore({ path: '', url, durability });
    const { rows } = await sql<Record<string, string>>`select current_setting('statement_timeout') as statement,
      current_setting('idle_in_transaction_session_timeout') as idle, current_setting('synchronous_commit') as commit,
      current_setting('tcp_keepalives_idle') as keepalive`.execute(store.db);
    await store.close();
    return rows[0];
  };
  const limits = { statement: '30s', idle: '30s', keepalive: '10' };
  expect(await shown('commit')).toEqual({ ...limits, commit: 'on' });
  expect(await shown('process')).toEqual({ ...limits, commit: 'off' });
});
