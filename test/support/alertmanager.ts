/** Runs a real Alertmanager for tests, on a separate port and folder. By default, Alertmanager has no peers. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { binaryPath } from './binaries.ts';
import { createProgram, type TestProgram } from './process.ts';

export interface AlertmanagerSpec {
  /** A port from `freePort`. */
  readonly port: number;
  /** Folder of configuration and data, kept over restarts; created if missing. */
  readonly folder: string;
  /** Content of alertmanager.yml as an object, written as JSON. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly flags?: readonly string[];
}

export interface TestAlertmanager extends TestProgram {
  readonly url: string;
  /** `host:port` for a Prometheus target. */
  readonly address: string;
}

/** Writes the configuration file, and returns an Alertmanager that is ready to start. */
export function createAlertmanager({
  port,
  folder,
  config,
  flags = ['--cluster.listen-address='],
}: AlertmanagerSpec): TestAlertmanager {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'alertmanager.yml'), JSON.stringify(config));
  const address = `127.0.0.1:${port}`;
  const program = createProgram({
    command: binaryPath('alertmanager', 'prometheus-alertmanager'),
    args: [
      `--config.file=${join(folder, 'alertmanager.yml')}`,
      `--storage.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      ...flags,
    ],
    readyUrl: `http://${address}/-/ready`,
  });
  return { ...program, url: `http://${address}`, address };
}
