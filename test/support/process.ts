/** Runs a real program: start, readiness, signals, and restarts on the same data. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { eventually } from './eventually.ts';

export interface ProgramSpec {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** URL that answers 200 when the program is ready. */
  readonly readyUrl?: string;
  readonly readyHeaders?: Readonly<Record<string, string>>;
  /** Replaces `readyUrl` for a program without HTTP: throws or returns false until the program is ready. */
  readonly isReady?: () => Promise<boolean>;
  /** Default: 30 s. */
  readonly readyLimitMs?: number;
}

export interface TestProgram {
  /** Starts or restarts the program with the same arguments and waits until it is ready. Throws with its output on failure. */
  start(): Promise<void>;
  /** Sends the signal and waits for the exit. Returns the exit code, or null after a signal. Idempotent. */
  stop(signal: NodeJS.Signals): Promise<number | null>;
  /** Returns the whole output of all starts. */
  output(): string;
  pid(): number;
}

const defaultReadyLimitMs = 30_000;

/** Creates the handle; no process runs before `start`. */
export function createProgram({
  command,
  args,
  cwd,
  env,
  readyUrl,
  readyHeaders = {},
  isReady,
  readyLimitMs = defaultReadyLimitMs,
}: ProgramSpec): TestProgram {
  const ask = isReady ?? (async () => (await fetch(readyUrl ?? '', { headers: readyHeaders })).ok);
  let child: ChildProcess | undefined;
  let exited: Promise<number | null> = Promise.resolve(null);
  let text = '';

  async function start(): Promise<void> {
    const started = spawn(command, [...args], {
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...process.env, NODE_OPTIONS: '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = started;
    for (const stream of [started.stdout, started.stderr])
      stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
    exited = new Promise((resolve, reject) => {
      started.once('error', reject);
      started.once('exit', (code) => resolve(code));
    });
    try {
      await eventually({ what: `${command} is ready`, limitMs: readyLimitMs, pollMs: 50 }, async () => {
        if (started.exitCode !== null) return 'exited';
        return (await ask()) ? 'ready' : undefined;
      });
      if (started.exitCode !== null) throw new Error(`${command} ended with exit code ${started.exitCode}`);
    } catch (cause) {
      await stop('SIGKILL');
      throw new Error(`${command} did not become ready; it wrote:\n${text}`, { cause });
    }
  }

  function stop(signal: NodeJS.Signals): Promise<number | null> {
    if (child !== undefined && child.exitCode === null && child.signalCode === null) child.kill(signal);
    return exited;
  }

  return {
    start,
    stop,
    output: () => text,
    pid() {
      if (child?.pid === undefined) throw new Error(`${command} does not run`);
      return child.pid;
    },
  };
}

/**
 * Returns a free loopback port below the range of outgoing connections, so that the port stays free when a program is killed
 * and restarted. Programs that accept port 0 should use it.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const port = randomInt(10_000, 32_000);
    if (await isFree(port)) return port;
  }
  throw new Error('no port is free');
}

/** Returns whether no process listens on the loopback port. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
