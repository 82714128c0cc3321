/** Receivers of a fleet's pushes, as processes on free ports: gateway, vmagent, Prometheus, null receiver. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gatewayNodeFlags } from '../../common/program/node-flags.ts';
import { packageRoot } from '../../common/program/package.ts';
import { createApiKey } from '../../common/store/credentials/api-keys.ts';
import { openStore } from '../../common/store/open.ts';
import { type ProcessCost, readProcessCost } from '../measure/process-cost.ts';

export interface Receiver {
  readonly name: string;
  readonly url: string;
  readonly key?: string;
  cost(): ProcessCost;
  stop(): Promise<void>;
}

const isSource = import.meta.filename.endsWith('.ts');
const repository = packageRoot();
const startLimitMs = 30_000;

export async function startGateway(folder: string, prometheusUrl: string): Promise<Receiver> {
  mkdirSync(folder, { recursive: true });
  const databasePath = join(folder, 'hostpulse.db');
  const store = await openStore({ path: databasePath });
  const { key } = await createApiKey(store.db, { name: 'fleet', scopes: ['push'], nowMs: Date.now() });
  await store.close();
  const port = await freePort();
  const program = isSource ? join(repository, 'bin/hostpulse.ts') : join(repository, 'dist/bin/hostpulse.js');
  const receiver = await start('gateway', `http://127.0.0.1:${port}`, '/-/ready', process.execPath, [
    ...gatewayNodeFlags,
    program,
    'gateway',
    `--web.listen-address=127.0.0.1:${port}`,
    `--database.path=${databasePath}`,
    `--prometheus.url=${prometheusUrl}`,
    '--otlp.grpc-listen-address=127.0.0.1:0',
    '--limit.collect-requests=100000',
    '--web.drain-delay=0s',
  ]);
  return { ...receiver, key };
}

export async function startVmagent(folder: string, targetUrl: string): Promise<Receiver> {
  const port = await freePort();
  return start('vmagent', `http://127.0.0.1:${port}`, '/health', findProgram('vmagent'), [
    `-httpListenAddr=127.0.0.1:${port}`,
    `-remoteWrite.url=${targetUrl}/api/v1/write`,
    `-remoteWrite.tmpDataPath=${join(folder, 'vmagent')}`,
  ]);
}

export async function startPrometheus(folder: string): Promise<Receiver> {
  const port = await freePort();
  const data = join(folder, 'prometheus');
  mkdirSync(data, { recursive: true });
  const config = join(data, 'prometheus.yml');
  writeFileSync(config, JSON.stringify({ storage: { tsdb: { out_of_order_time_window: '30h' } } }));
  return start('Prometheus', `http://127.0.0.1:${port}`, '/-/ready', findProgram('prometheus'), [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(data, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--web.enable-remote-write-receiver',
  ]);
}

export async function startNullReceiver(): Promise<Receiver> {
  const port = await freePort();
  const program = join(import.meta.dirname, isSource ? 'null-receiver.ts' : 'null-receiver.js');
  return start('null receiver', `http://127.0.0.1:${port}`, '/', process.execPath, [program, String(port)]);
}

async function start(
  name: string,
  url: string,
  readyPath: string,
  command: string,
  args: readonly string[],
): Promise<Receiver> {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const said: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => said.splice(0, said.length - 20, text));
  const deadlineMs = Date.now() + startLimitMs;
  for (;;) {
    if (child.exitCode !== null || Date.now() > deadlineMs) {
      child.kill('SIGKILL');
      throw new Error(`${name} does not answer at ${url}${readyPath}: ${said.join('')}`);
    }
    const isReady = await fetch(`${url}${readyPath}`).then(
      (response) => response.ok,
      () => false,
    );
    if (isReady) break;
    await sleep(50);
  }
  return { name, url, cost: () => readProcessCost(pidOf(child)), stop: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await exited;
  clearTimeout(timer);
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error(`${child.spawnfile} was not started`);
  return child.pid;
}

function findProgram(name: string): string {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), join(repository, 'data', 'tools', 'usr', 'bin')];
  const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`${name} is neither on PATH nor in data/tools`);
  return found;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
