/** Prometheus and the gateway of the query benchmarks, as processes on free ports. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gatewayNodeFlags } from '../../common/program/node-flags.ts';
import { createApiKey } from '../../common/store/credentials/api-keys.ts';
import { openStore } from '../../common/store/open.ts';
import { findProgram, freePort, type RunningProgram, startProgram } from '../measure/program.ts';

const isSource = import.meta.filename.endsWith('.ts');

/** Starts Prometheus over the data of the folder, with a retention that keeps all of it. */
export async function startPrometheus(folder: string): Promise<RunningProgram> {
  mkdirSync(folder, { recursive: true });
  const config = join(folder, 'prometheus.yml');
  writeFileSync(config, '{}\n');
  const port = await freePort();
  return startProgram({
    command: findProgram('prometheus'),
    args: [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--storage.tsdb.retention.time=400d',
      '--web.enable-remote-write-receiver',
      '--log.level=warn',
    ],
    url: `http://127.0.0.1:${port}`,
  });
}

export interface GatewaySpec {
  readonly program: string;
  /** Folder of the gateway's database and queue. */
  readonly folder: string;
  readonly prometheusUrl: string;
  /** Time of the gateway's clock at its start. */
  readonly endMs: number;
}

export interface RunningGateway extends RunningProgram {
  /** Headers with an API key of the scope read. */
  readonly headers: Readonly<Record<string, string>>;
}

export async function startGateway({ program, folder, prometheusUrl, endMs }: GatewaySpec): Promise<RunningGateway> {
  const database = join(folder, 'hostpulse.db');
  const config = join(folder, 'gateway.yml');
  writeFileSync(config, 'otlp: {grpc_listen_address: []}\n');
  const store = await openStore({ path: database });
  const { key } = await createApiKey(store.db, { name: 'bench', scopes: ['read'], nowMs: 0 });
  await store.close();
  const port = await freePort();
  const clock = pathToFileURL(join(import.meta.dirname, `shifted-clock.${isSource ? 'ts' : 'js'}`)).href;
  const running = await startProgram({
    command: process.execPath,
    args: [
      ...gatewayNodeFlags,
      `--import=${clock}`,
      program,
      'gateway',
      `--config.file=${config}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--web.drain-delay=0s',
      `--database.path=${database}`,
      `--prometheus.url=${prometheusUrl}`,
      '--alertmanager.url=http://127.0.0.1:1',
    ],
    url: `http://127.0.0.1:${port}`,
    environment: { HOSTPULSE_BENCH_CLOCK_SHIFT_MS: String(endMs - Date.now()) },
  });
  return { ...running, headers: { authorization: `Bearer ${key}` } };
}
