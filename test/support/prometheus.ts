/** Runs a real Prometheus for tests, on a separate port and folder. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { binaryPath } from './binaries.ts';
import { createProgram, type TestProgram } from './process.ts';

export interface PrometheusSpec {
  /** A port from `freePort`. */
  readonly port: number;
  /** Folder of configuration and data; created if missing. */
  readonly folder: string;
  /** Content of prometheus.yml as an object, written as JSON. `rule_files` and `alerting` are added. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Texts of rule files by name. */
  readonly rules?: Readonly<Record<string, string>>;
  /** Additional command line arguments. */
  readonly ruleFiles?: readonly string[];
  /** `host:port` of each Alertmanager. */
  readonly alertmanagers?: readonly string[];
  readonly flags?: readonly string[];
}

export interface TestPrometheus extends TestProgram {
  readonly url: string;
  /** Returns `data` of an answer below /api/v1/. */
  ask(path: string): Promise<unknown>;
}

/** Writes the files and returns a Prometheus that is ready to start. */
export function createPrometheus(spec: PrometheusSpec): TestPrometheus {
  const { port, folder, config, rules = {}, ruleFiles = [], alertmanagers = [], flags = [] } = spec;
  mkdirSync(join(folder, 'rules'), { recursive: true });
  for (const [name, text] of Object.entries(rules)) writeFileSync(join(folder, 'rules', name), text);
  const alerting = { alertmanagers: [{ static_configs: [{ targets: alertmanagers }] }] };
  writeFileSync(
    join(folder, 'prometheus.yml'),
    JSON.stringify({ ...config, rule_files: ['rules/*', ...ruleFiles], alerting }),
  );
  const url = `http://127.0.0.1:${port}`;
  const program = createProgram({
    command: binaryPath('prometheus'),
    args: [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      ...flags,
    ],
    readyUrl: `${url}/-/ready`,
  });

  async function ask(path: string): Promise<unknown> {
    const response = await fetch(`${url}/api/v1/${path}`);
    const body = (await response.json()) as { status: string; data: unknown; error?: string };
    if (body.status !== 'success') throw new Error(`${path}: ${body.error}`);
    return body.data;
  }

  return { ...program, url, ask };
}
