/** Runs a real relay process for tests, from dist/. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtProgram } from './binaries.ts';
import { createProgram, type TestProgram } from './process.ts';

export interface RelaySpec {
  /** A port from `freePort`. */
  readonly port: number;
  /** Contains the config file and the database, and survives restarts. Created if missing. */
  readonly folder: string;
  /** The content of the config file. With `database.url`, relays share that database. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly readyLimitMs?: number;
}

export interface TestRelay extends TestProgram {
  readonly url: string;
  readonly databasePath: string;
}

/** Writes the config file. The relay is started by `start`. */
export function createTestRelay({ port, folder, config, ...limits }: RelaySpec): TestRelay {
  mkdirSync(folder, { recursive: true });
  const configFile = join(folder, 'relay.yml');
  const databasePath = join(folder, 'hostpulse.db');
  writeFileSync(configFile, JSON.stringify(config), { mode: 0o600 });
  const address = `127.0.0.1:${port}`;
  const program = createProgram({
    command: process.execPath,
    args: [
      builtProgram,
      'relay',
      `--config.file=${configFile}`,
      `--database.path=${databasePath}`,
      `--web.listen-address=${address}`,
    ],
    readyUrl: `http://${address}/-/ready`,
    ...limits,
  });
  return { ...program, url: `http://${address}`, databasePath };
}
