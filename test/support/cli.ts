/** Runs the CLI from the sources in a separate process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { programEnvironment } from './program-environment.ts';

const entry = join(import.meta.dirname, '..', '..', 'bin', 'hostpulse.ts');

export interface CliResult {
  /** Null if a signal ended the process. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Flags for Node. */
  readonly nodeFlags?: readonly string[];
}

export interface CliProcess {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  readonly ended: Promise<CliResult>;
  /** Waits until stderr matches and returns the match. Throws with the whole output if the process ends before. */
  said(pattern: RegExp): Promise<RegExpMatchArray>;
}

export function startCli(args: readonly string[], { env = {}, nodeFlags = [] }: CliOptions = {}): CliProcess {
  const child = spawn(process.execPath, [...nodeFlags, entry, ...args], {
    env: { ...programEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<CliResult>((resolve, reject) => {
    child.once('error', reject).once('close', (code) => resolve({ code, stdout, stderr }));
  });
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
    said: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = stderr.match(pattern);
          if (match !== null) resolve(match);
        };
        child.stderr.on('data', look);
        child.once('close', () => reject(new Error(`it ended without saying ${pattern}: ${stderr}${stdout}`)));
        look();
      }),
  };
}

/** Runs the CLI until it exits. */
export function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return startCli(args, options).ended;
}
