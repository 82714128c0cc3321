/** A real program under test: started on its port, ready before use, killed and started again on the same data. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { eventually } from './eventually.ts';

export interface ProgramSpec {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Answers 200 once the program is ready. */
  readonly readyUrl?: string;
  readonly readyHeaders?: Readonly<Record<string, string>>;
  /** For a program that speaks no HTTP, in place of `readyUrl`: throws or answers false until it is ready. */
  readonly isReady?: () => Promise<boolean>;
}

export interface TestProgram {
  /** Starts it (again, with the same arguments) and waits until it is ready. Throws with its output when it is not. */
  start(): Promise<void>;
  /** Sends the signal and waits for the exit; answers the exit code, null after a signal's death. Idempotent. */
  stop(signal: NodeJS.Signals): Promise<number | null>;
  /** All that it wrote, over every start. */
  output(): string;
  pid(): number;
}

const readyLimitMs = 30_000;

/** Creates it; nothing runs before `start`. */
export function createProgram({
  command,
  args,
  cwd,
  env,
  readyUrl,
  readyHeaders = {},
  isReady,
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

/** A port of loopback that is free now. Programs that can take port 0 should. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
