/** Runs a stack for tests: `hostpulse up` from dist/, in a temporary folder and on free ports. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { leanNodeFlags } from '../../common/program/node-flags.ts';
import { defaultPorts } from '../../stack/ports.ts';
import { binaryPath, builtProgram } from './binaries.ts';
import { endsWithin } from './ends-within.ts';
import { isFree } from './process.ts';

export interface StackFile {
  readonly exporter: string;
  readonly gateway: string;
  readonly relay: string;
  readonly prometheus: string;
  readonly alertmanager: string;
  readonly admin_key_file: string;
  readonly prometheus_user: string;
  readonly prometheus_password_file: string;
  readonly alertmanager_user: string;
  readonly alertmanager_password_file: string;
  readonly pid: string;
}

export interface RunningStack {
  readonly process: ChildProcess;
  readonly dataDirectory: string;
  readonly portOffset: number;
  readonly urls: StackFile;
  /** Output of `up` so far, both streams. */
  output(): string;
  /** Returns `data` of a response of Prometheus' API below /api/v1. */
  askPrometheus(path: string): Promise<unknown>;
  /** Process ids of the running components. */
  parts(): Readonly<Record<string, number>>;
  /** Sends the signal to `up` alone and returns its exit code. */
  stop(signal: NodeJS.Signals): Promise<number | null>;
  /** Stops the stack and removes its temporary folder. */
  remove(): Promise<void>;
}

const repository = join(import.meta.dirname, '..', '..');

export interface StackOptions {
  /** Absent: the file of the data directory, if it has one. */
  readonly relayConfig?: string;
  /** Files in custom-rules/ before the start, by name. */
  readonly customRules?: Readonly<Record<string, string>>;
  /** Added to the environment of `up`. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The data directory; default: a new temporary folder, which `remove` removes. */
  readonly dataDirectory?: string;
  /** Files in the data directory before the start, by name. */
  readonly files?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
  /** Folder of Prometheus and Alertmanager; default: the folders of the newest versions. */
  readonly programs?: string;
}

/**
 * Starts `up` with the relay's settings and waits for stack.json, which `up` writes when every component is ready. Stops `up` and throws
 * with its output when the file does not appear within two minutes or is not JSON.
 */
export async function startStack({
  relayConfig,
  customRules = {},
  environment,
  dataDirectory: given,
  files = {},
  flags = [],
  programs,
}: StackOptions): Promise<RunningStack> {
  const dataDirectory = given ?? mkdtempSync(join(tmpdir(), 'hostpulse-stack-'));
  const written = relayConfig === undefined ? files : { 'relay.yml': relayConfig, ...files };
  for (const [name, text] of Object.entries(written)) writeFileSync(join(dataDirectory, name), text, { mode: 0o600 });
  const rules = join(dataDirectory, 'prometheus', 'custom-rules');
  mkdirSync(rules, { recursive: true });
  for (const [name, text] of Object.entries(customRules)) writeFileSync(join(rules, name), text);
  const portOffset = await freeOffset();
  const args = ['--data-dir', dataDirectory, '--port-offset', String(portOffset), ...flags];
  const { child, output } = spawnUp(args, environment, programs);
  const exited = new Promise<number | null>((resolve) => {
    child.once('exit', (code) => resolve(code));
  });
  let urls: StackFile;
  try {
    urls = await readStackFile(join(dataDirectory, 'stack.json'), child);
  } catch (cause) {
    child.kill('SIGTERM');
    if (!(await endsWithin(30_000, exited))) child.kill('SIGKILL');
    if (given === undefined) rmSync(dataDirectory, { recursive: true, force: true });
    throw new Error(`the stack did not start; it wrote:\n${output()}`, { cause });
  }

  async function prometheus(path: string, method = 'GET'): Promise<Response> {
    const password = readFileSync(urls.prometheus_password_file, 'utf8').trim();
    const authorization = `Basic ${Buffer.from(`${urls.prometheus_user}:${password}`).toString('base64')}`;
    return fetch(`${urls.prometheus}${path}`, { method, headers: { authorization } });
  }

  return {
    process: child,
    dataDirectory,
    portOffset,
    urls,
    output,
    async askPrometheus(path) {
      const response = await prometheus(`/api/v1/${path}`);
      const body = (await response.json()) as { status: string; data: unknown; error?: string };
      if (body.status !== 'success') throw new Error(`${path}: ${body.error}`);
      return body.data;
    },
    parts() {
      const rows = JSON.parse(readFileSync(join(dataDirectory, 'parts.json'), 'utf8')) as {
        name: string;
        pid: number;
      }[];
      return Object.fromEntries(rows.map(({ name, pid }) => [name, pid]));
    },
    async stop(signal) {
      child.kill(signal);
      return exited;
    },
    async remove() {
      if (child.exitCode === null) child.kill('SIGTERM');
      await exited;
      if (given === undefined) rmSync(dataDirectory, { recursive: true, force: true });
    },
  };
}

async function readStackFile(path: string, child: ChildProcess): Promise<StackFile> {
  const deadlineMs = Date.now() + 120_000;
  while (!existsSync(path)) {
    if (child.exitCode !== null) throw new Error(`"up" ended with exit code ${child.exitCode}`);
    if (Date.now() > deadlineMs) throw new Error(`"up" did not write ${path} within two minutes`);
    await sleep(100);
  }
  return JSON.parse(readFileSync(path, 'utf8')) as StackFile;
}

/** Runs `hostpulse up` with these flags and the Node flags of every deployment, and collects its output. */
export function spawnUp(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  programs?: string,
): { readonly child: ChildProcess; readonly output: () => string } {
  mkdirSync(join(repository, 'data'), { recursive: true });
  const newest = [binaryPath('prometheus'), binaryPath('alertmanager', 'prometheus-alertmanager')];
  const folders = programs === undefined ? newest.map((path) => join(path, '..')) : [programs];
  const child = spawn(process.execPath, [...leanNodeFlags, builtProgram, 'up', ...args], {
    env: {
      ...process.env,
      NODE_COMPILE_CACHE: undefined, // tests of the stack measure memory as in production
      ...environment,
      NODE_OPTIONS: '',
      PATH: [...folders, process.env['PATH']].join(':'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { child, output: () => text };
}

/** Returns an offset at which every default port is free. */
export async function freeOffset(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const offset = 1_000 + Math.floor(Math.random() * 20_000);
    const free = await Promise.all(Object.values(defaultPorts).map((port) => isFree(port + offset)));
    if (free.every(Boolean)) return offset;
  }
  throw new Error('no port offset is free');
}
