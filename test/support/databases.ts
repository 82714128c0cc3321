/** Lists the databases that the store supports, for tests that run on each database: `describe.each(databases)('on %s', ...)`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { Secret } from '../../common/program/settings/secret.ts';
import { openStore, type StoreLocation } from '../../common/store/open.ts';
import { createPostgres, type TestPostgres } from './postgres.ts';

export const databases = ['SQLite', 'PostgreSQL'] as const;

export type DatabaseName = (typeof databases)[number];

export interface TestDatabase {
  /** Creates a store with tables and no rows, and returns its location. */
  create(): Promise<StoreLocation>;
  /** Returns the PostgreSQL server; throws on SQLite. */
  server(): TestPostgres;
}

/** Provides databases for the tests of the enclosing `describe`; starts a PostgreSQL server for them. */
export function useDatabase(name: DatabaseName): TestDatabase {
  const folder = mkdtempSync(join(tmpdir(), 'hostpulse-store-'));
  let postgres: TestPostgres | undefined;
  let made = 0;

  beforeAll(async () => {
    if (name === 'SQLite') return;
    postgres = await createPostgres();
    await postgres.start();
    const url = new Secret(await postgres.createDatabase('migrated'));
    await (await openStore({ path: '', url })).close();
  });
  afterAll(async () => {
    await postgres?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  function server(): TestPostgres {
    if (postgres === undefined) throw new Error(`${name} has no server`);
    return postgres;
  }

  return {
    server,
    async create() {
      made += 1;
      if (name === 'SQLite') return { path: join(folder, `${made}.db`) };
      return { path: '', url: new Secret(await server().createDatabase(`store_${made}`, 'migrated')) };
    },
  };
}
