/** Runs the commands of a task. */
import { spawn } from 'node:child_process';

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default: `inherit`, which passes the standard output through. */
  readonly stdout?: 'inherit' | 'ignore';
  /** Kills the command when aborted; `run` then throws an `AbortError`. */
  readonly signal?: AbortSignal;
}

/** Reports that a command exited with another code than 0. The task exits with the same code. */
export class CommandFailed extends Error {
  readonly exitCode: number;

  constructor(command: string, exitCode: number) {
    super(`${command} ended with exit code ${exitCode}`);
    this.name = 'CommandFailed';
    this.exitCode = exitCode;
  }
}

/** Runs one command of `node_modules/.bin` or PATH; throws a `CommandFailed` when it does not exit with 0. */
export function run(
  command: string,
  args: readonly string[],
  { env = {}, stdout = 'inherit', signal }: RunOptions = {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['inherit', stdout, 'inherit'],
      env: { ...process.env, ...env },
      ...(signal === undefined ? {} : { signal, killSignal: 'SIGKILL' as const }),
      shell: process.platform === 'win32',
    });
    child.on('error', reject);
    child.on('exit', (code) =>
      code === 0 ? resolve() : reject(new CommandFailed([command, ...args].join(' '), code ?? 1)),
    );
  });
}
