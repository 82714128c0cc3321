/** Runs the programs whose output a collector reads, with limits on time and output. A running program does not keep the exporter from exiting. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { childEnvironment } from '../../common/program/child-environment.ts';

export interface ProgramCall {
  readonly command: string;
  readonly args: readonly string[];
  /** Time limit in milliseconds. A program that runs longer is killed. */
  readonly timeoutMs: number;
  /** Limit of the output in bytes. A program that writes more is killed. */
  readonly maxBytes: number;
}

export interface ProgramResult {
  readonly exitCode: number;
  readonly output: string;
}

/** Resolves when the program has ended. Rejects when the program cannot be started, exceeds a limit, or is killed by a signal. */
export type RunProgram = (call: ProgramCall) => Promise<ProgramResult>;

/** Returns a function that runs programs. Kills the running programs when this process exits. */
export function createProgramRunner(): RunProgram {
  const alive = new Set<ChildProcess>();

  function killAll(): void {
    for (const child of alive) child.kill('SIGKILL');
  }

  return ({ command, args, timeoutMs, maxBytes }) => {
    const { promise, resolve, reject } = Promise.withResolvers<ProgramResult>();
    if (alive.size === 0) process.once('exit', killAll);
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...childEnvironment(process.env), LC_ALL: 'C' },
    });
    alive.add(child);
    child.unref();
    (child.stdout as Socket).unref();
    const chunks: Buffer[] = [];
    let bytes = 0;
    /** Kills the program and rejects at once, because a killed program that waits for a device ends only when the device responds. */
    const fail = (reason: string): void => {
      child.kill('SIGKILL');
      child.stdout.destroy();
      reject(new Error(`${command}: ${reason}`));
    };
    const timer = setTimeout(() => fail(`did not end within ${timeoutMs} ms`), timeoutMs);
    timer.unref();
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes) fail(`wrote more than ${maxBytes} bytes`);
      else chunks.push(chunk);
    });
    const forget = (): void => {
      clearTimeout(timer);
      alive.delete(child);
      if (alive.size === 0) process.off('exit', killAll);
    };
    child.once('error', (cause) => {
      forget();
      reject(new Error(`${command}: cannot run: ${cause.message}`, { cause }));
    });
    child.once('close', (exitCode, signal) => {
      forget();
      if (exitCode === null) reject(new Error(`${command}: ended by ${signal}`));
      else resolve({ exitCode, output: Buffer.concat(chunks).toString('utf8') });
    });
    return promise;
  };
}
