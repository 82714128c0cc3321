/** The real relay for tests, as a process from the sources, on a port and in a folder of its own. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createProgram, type TestProgram } from './process.ts';

export interface RelaySpec {
  /** From `freePort`. */
  readonly port: number;
  /** Made where missing; holds configuration and database, which restarts keep. */
  readonly folder: string;
  /** The config file, as an object: JSON is YAML. Where it has `database.url`, relays share that. */
  readonly config: Readonly<Record<string, unknown>>;
}

export interface TestRelay extends TestProgram {
  readonly url: string;
  readonly databasePath: string;
}

const entry = join(import.meta.dirname, '..', '..', 'bin', 'hostpulse.ts');

/** Written and ready to be started. */
export function createTestRelay({ port, folder, config }: RelaySpec): TestRelay {
  mkdirSync(folder, { recursive: true });
  const configFile = join(folder, 'relay.yml');
  const databasePath = join(folder, 'hostpulse.db');
  writeFileSync(configFile, JSON.stringify(config), { mode: 0o600 });
  const address = `127.0.0.1:${port}`;
  const program = createProgram({
    command: process.execPath,
    args: [
      entry,
      'relay',
      `--config.file=${configFile}`,
      `--database.path=${databasePath}`,
      `--web.listen-address=${address}`,
    ],
    readyUrl: `http://${address}/-/ready`,
  });
  return { ...program, url: `http://${address}`, databasePath };
}
