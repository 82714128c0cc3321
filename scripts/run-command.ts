/** Commands of a task: run to the end, output passed through. */
import { spawn } from 'node:child_process';

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Where the command's standard output goes; passed through by default. */
  readonly stdout?: 'inherit' | 'ignore';
}

/** A command that ended badly; the task ends with its exit code. */
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
  { env = {}, stdout = 'inherit' }: RunOptions = {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['inherit', stdout, 'inherit'],
      env: { ...process.env, ...env },
      shell: process.platform === 'win32',
    });
    child.on('error', reject);
    child.on('exit', (code) =>
      code === 0 ? resolve() : reject(new CommandFailed([command, ...args].join(' '), code ?? 1)),
    );
  });
}
