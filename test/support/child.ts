/** A real program as a child of a test: its output gathered, awaited line by line, ended for sure. */
import { type ChildProcess, spawn } from 'node:child_process';

export interface Child {
  readonly process: ChildProcess;
  /** Both streams so far. */
  output(): string;
  /** The first match in the output, past or to come. Throws with the output when the program ends first, or after the limit. */
  waitFor(pattern: RegExp, limitMs?: number): Promise<RegExpExecArray>;
  /** Sends the signal and answers the exit code; null for a program that a signal ended. Idempotent. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface ChildOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export function startChild(path: string, args: readonly string[], { cwd, env = {} }: ChildOptions = {}): Child {
  const child = spawn(path, args, {
    cwd,
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const listeners = new Set<() => void>();
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      tell();
    });
  }
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      resolve(code);
      tell();
    });
  });

  function waitFor(pattern: RegExp, limitMs = 20_000): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const end = (act: () => void): void => {
        clearTimeout(timer);
        listeners.delete(look);
        act();
      };
      const fail = (why: string): void => end(() => reject(new Error(`${path}: ${why} before ${pattern}:\n${text}`)));
      const timer = setTimeout(() => fail(`${limitMs} ms passed`), limitMs);
      const look = (): void => {
        const match = pattern.exec(text);
        if (match !== null) end(() => resolve(match));
        else if (child.exitCode !== null || child.signalCode !== null) fail('it ended');
      };
      listeners.add(look);
      look();
    });
  }

  return {
    process: child,
    output: () => text,
    waitFor,
    stop(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      return exited;
    },
  };
}
