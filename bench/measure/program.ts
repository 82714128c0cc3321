/** Runs the programs of a benchmark on free ports. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageRoot } from '../../common/program/package.ts';
import { type ProcessCost, readProcessCost } from './process-cost.ts';

export interface RunningProgram {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  cost(): ProcessCost;
  stop(): Promise<void>;
}

export interface ProgramSpec {
  readonly name: string;
  readonly command: string;
  /** Without the listen address, which is added. */
  readonly args: readonly string[];
  /** Returns the argument with the listen address; by default `--web.listen-address`. */
  readonly listen?: (port: number) => string;
  /** A free port when absent. */
  readonly port?: number;
  /** Answers 200 when the program is ready. */
  readonly readyPath?: string;
  /** Called with each line of the program's log. */
  readonly onLine?: (line: string) => void;
}

const startLimitMs = 300_000; // Prometheus replays its write-ahead log first

/** Resolves when the program is ready. Throws with the end of the log otherwise. */
export async function startProgram(spec: ProgramSpec): Promise<RunningProgram> {
  const { name, command, args, port = await freePort(), readyPath = '/-/ready', onLine } = spec;
  const { listen = () => `--web.listen-address=127.0.0.1:${port}` } = spec;
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(command, [...args, listen(port)], { stdio: ['ignore', 'ignore', 'pipe'] });
  const said: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => said.splice(0, said.length - 20, text));
  if (onLine !== undefined) createInterface({ input: child.stderr }).on('line', onLine);
  const deadlineMs = performance.now() + startLimitMs;
  while (!(await isReady(`${url}${readyPath}`))) {
    if (child.exitCode !== null || performance.now() > deadlineMs) {
      await end(child);
      throw new Error(`${name} does not answer at ${url}${readyPath}: ${said.join('')}`);
    }
    await sleep(50);
  }
  const pid = child.pid as number;
  return { name, url, pid, cost: () => readProcessCost(pid), stop: () => end(child) };
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false; // not listening yet
  }
}

/** Sends SIGTERM, after 10 s SIGKILL, and waits for the exit. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await exited;
  clearTimeout(timer);
}

/** Returns the path of a program by one of its names. */
export function findProgram(...names: readonly [string, ...string[]]): string {
  const unpacked = join(packageRoot(), 'data', 'tools', 'usr', 'bin');
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), unpacked];
  const found = folders.flatMap((folder) => names.map((name) => join(folder, name))).find((path) => existsSync(path));
  if (found === undefined)
    throw new Error(`${names.join(' or ')} is neither on PATH nor under data/tools: npm test unpacks it there`);
  return found;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
