/** Runs the programs of a benchmark on free ports. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageRoot } from '../../common/program/package.ts';

const repository = packageRoot();

export interface RunningProgram {
  readonly url: string;
  stop(): Promise<void>;
}

export interface ProgramSpec {
  readonly command: string;
  readonly args: readonly string[];
  readonly url: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Called with each line of the program's log. */
  readonly onLine?: (line: string) => void;
}

const startLimitMs = 300_000; // Prometheus replays its write-ahead log first

/** Resolves when the program is ready. Throws with the end of the log otherwise. */
export async function startProgram({
  command,
  args,
  url,
  environment = {},
  onLine,
}: ProgramSpec): Promise<RunningProgram> {
  const child = spawn(command, args, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => said.splice(0, said.length - 20, text));
  if (onLine !== undefined) createInterface({ input: child.stderr }).on('line', onLine);
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

/** Returns the path of a program by one of its names. */
export function findProgram(...names: readonly [string, ...string[]]): string {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), join(repository, 'data', 'tools', 'usr', 'bin')];
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
