/** A real Prometheus for tests, on a port and in a folder of its own. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { binaryPath } from './binaries.ts';
import { createProgram, type TestProgram } from './process.ts';

export interface PrometheusSpec {
  /** From `freePort`. */
  readonly port: number;
  /** Made where missing; holds configuration and data. */
  readonly folder: string;
  /** Of prometheus.yml, as an object: JSON is YAML. `rule_files` and `alerting` are added. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Rule files by name, as text. */
  readonly rules?: Readonly<Record<string, string>>;
  /** Beside those. */
  readonly ruleFiles?: readonly string[];
  /** `host:port` of each Alertmanager. */
  readonly alertmanagers?: readonly string[];
  readonly flags?: readonly string[];
}

export interface TestPrometheus extends TestProgram {
  readonly url: string;
  /** The `data` of an answer below /api/v1/. */
  ask(path: string): Promise<unknown>;
}

/** Written and ready to be started. */
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
