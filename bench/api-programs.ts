/** The programs under measurement, each a process of its own on a free port. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { createApiKey } from '../common/store/api-keys.ts';
import { openStore } from '../common/store/open.ts';

const isSource = import.meta.filename.endsWith('.ts');
const repository = join(import.meta.dirname, isSource ? '..' : '../..');

export interface RunningProgram {
  readonly url: string;
  stop(): Promise<void>;
}

/** Over the data in the folder, none of which is too old for it. */
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
  /** For its database and queue. */
  readonly folder: string;
  readonly prometheusUrl: string;
  /** What time it is for the gateway, when it starts. */
  readonly endMs: number;
}

export interface RunningGateway extends RunningProgram {
  /** With a key that may read. */
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

interface ProgramSpec {
  readonly command: string;
  readonly args: readonly string[];
  readonly url: string;
  readonly environment?: Readonly<Record<string, string>>;
}

const startLimitMs = 300_000; // Prometheus reads its log first

async function startProgram({ command, args, url, environment = {} }: ProgramSpec): Promise<RunningProgram> {
  const child = spawn(command, args, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => said.splice(0, said.length - 20, text));
  const deadlineMs = performance.now() + startLimitMs;
  while (!(await isReady(url))) {
    if (child.exitCode !== null || performance.now() > deadlineMs) {
      await end(child);
      throw new Error(`${command} does not become ready: ${said.join('')}`);
    }
    await sleep(100);
  }
  return { url, stop: () => end(child) };
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/-/ready`)).ok;
  } catch {
    return false; // not listening yet
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

/** On PATH, or where `npm test` unpacks it; the first of the names that there is. */
export function findProgram(...names: readonly string[]): string {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), join(repository, 'data', 'tools', 'usr', 'bin')];
  const found = names.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path));
  if (found === undefined)
    throw new Error(`${names[0]} is neither on PATH nor under data/tools: npm test unpacks it there`);
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
