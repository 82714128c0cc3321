/** The SQLite file: its permissions, its durability, and one migration however many programs open it. */
import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { messageOf } from '../../../common/program/log.ts';
import { readVersion } from '../../../common/program/package.ts';
import { openStore } from '../../../common/store/open.ts';

const execute = promisify(execFile);
const openFile = join(import.meta.dirname, '../../../common/store/open.ts');

function storePath(): string {
  return join(mkdtempSync(join(tmpdir(), 'hostpulse-store-')), 'below', 'hostpulse.db');
}

describe('openStore', () => {
  test('creates the folder and a file that only its owner can read', async () => {
    const path = storePath();
    const store = await openStore({ path });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(`${path}-wal`).mode & 0o777).toBe(0o600);
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
    await store.close();
    await store.close();
  });

  test('makes commits durable, in WAL, with incremental vacuum', async () => {
    const store = await openStore({ path: storePath() });
    const pragma = async (name: string): Promise<unknown> => {
      const { rows } = await sql<Record<string, unknown>>`pragma ${sql.raw(name)}`.execute(store.db);
      return Object.values(rows[0] ?? {})[0];
    };
    expect(await pragma('journal_mode')).toBe('wal');
    expect(await pragma('synchronous')).toBe(2);
    expect(await pragma('auto_vacuum')).toBe(2);
    expect(await pragma('foreign_keys')).toBe(1);
    await store.close();
  });

  test('four programs that open it at once migrate it once', async () => {
    const path = storePath();
    const script = `
      const { openStore } = await import(${JSON.stringify(openFile)});
      const store = await openStore({ path: ${JSON.stringify(path)} });
      const row = await store.db.selectFrom('kysely_migration').select(({ fn }) => fn.countAll().as('count')).executeTakeFirst();
      console.log(row.count);
      await store.close();`;
    const counts = await Promise.all(
      [1, 2, 3, 4].map(async () => {
        const { stdout } = await execute(process.execPath, ['--input-type=module', '-e', script]);
        return Number(stdout);
      }),
    );
    expect(counts).toHaveLength(4);
    expect(new Set(counts).size).toBe(1);
    expect(counts[0]).toBeGreaterThanOrEqual(3);
  });

  test('a file that is not a database is named in the error and not changed', async () => {
    const path = storePath();
    await (await openStore({ path })).close();
    writeFileSync(path, 'not a database at all, but long enough to have a header'.repeat(20));
    await expect(openStore({ path })).rejects.toThrow(`cannot open the database ${path}`);
    expect(statSync(path).size).toBe(1100);
  });

  test('a database of a newer version is refused', async () => {
    const path = storePath();
    const store = await openStore({ path });
    await sql`insert into kysely_migration (name, timestamp) values ('9999-future', '2999-01-01')`.execute(store.db);
    await sql`update program_version set version = '9.9.9'`.execute(store.db);
    await store.close();
    const error = await openStore({ path }).catch((thrown: unknown) => thrown);
    expect(messageOf(error)).toContain(
      `cannot migrate the database ${path}: hostpulse 9.9.9 made the database, this is hostpulse ${readVersion()}; install that version, or restore a backup`,
    );
  });

  test('a folder that is not writable is named in the error', async () => {
    const parent = mkdtempSync(join(tmpdir(), 'hostpulse-store-'));
    writeFileSync(join(parent, 'file'), '');
    chmodSync(parent, 0o500);
    await expect(openStore({ path: join(parent, 'file', 'x.db') })).rejects.toThrow(/cannot open the database .*x\.db/);
  });
});
