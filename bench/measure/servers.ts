/** Starts the Prometheus and the gateway that a benchmark measures. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Scope } from '../../common/http/auth.ts';
import { gatewayNodeFlags } from '../../common/program/node-flags.ts';
import { createApiKey } from '../../common/store/credentials/api-keys.ts';
import { openStore } from '../../common/store/open.ts';
import { findProgram, type RunningProgram, startProgram } from './program.ts';

export interface PrometheusSpec {
  /** Holds the configuration and the data. */
  readonly folder: string;
  /** Content of prometheus.yml, written as JSON, which is a subset of YAML. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly flags?: readonly string[];
  readonly port?: number;
}

export async function startPrometheus(spec: PrometheusSpec): Promise<RunningProgram> {
  const { folder, config = {}, flags = [], ...port } = spec;
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'prometheus.yml');
  writeFileSync(file, JSON.stringify(config));
  const files = [`--config.file=${file}`, `--storage.tsdb.path=${join(folder, 'data')}`];
  const args = [...files, '--web.enable-remote-write-receiver', ...flags];
  return startProgram({ name: 'Prometheus', command: findProgram('prometheus'), args, ...port });
}

export interface GatewaySpec {
  /** The built command line. */
  readonly program: string;
  /** Folder of the gateway's database and queue. */
  readonly folder: string;
  readonly prometheusUrl: string;
  /** The scope of the key. */
  readonly scope: Scope;
  readonly nodeFlags?: readonly string[];
  readonly flags?: readonly string[];
}

export interface RunningGateway extends RunningProgram {
  readonly key: string;
}

export async function startGateway(spec: GatewaySpec): Promise<RunningGateway> {
  const { program, folder, prometheusUrl, scope, nodeFlags = [], flags = [] } = spec;
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'hostpulse.db');
  const store = await openStore({ path });
  const { key } = await createApiKey(store.db, { name: 'bench', scopes: [scope], nowMs: Date.now() });
  await store.close();
  const args = [
    ...gatewayNodeFlags,
    ...nodeFlags,
    program,
    'gateway',
    `--database.path=${path}`,
    `--prometheus.url=${prometheusUrl}`,
    '--otlp.grpc-listen-address=127.0.0.1:0',
    '--web.drain-delay=0s',
    // One key pushes the whole fleet.
    '--limit.series-per-key=10000000',
    '--limit.hosts-per-key=1000000',
    ...flags,
  ];
  return { ...(await startProgram({ name: 'gateway', command: process.execPath, args })), key };
}
