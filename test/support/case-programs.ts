/** Returns recorded outputs of programs instead of running the programs. */
import { readFileSync } from 'node:fs';
import type { RunProgram } from '../../exporter/collector/child-program.ts';

interface Recorded {
  readonly exitCode: number;
  /** The output as text, or as JSON. */
  readonly output: unknown;
}

/** Returns a function that resolves with the output that the file records for the last argument of a call, and rejects when the file has no output for this argument. */
export function recordedProgram(path: string): RunProgram {
  const recorded = JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, Recorded>>;
  return ({ command, args }) => {
    const result = recorded[args.at(-1) ?? ''];
    if (result === undefined) return Promise.reject(new Error(`${command}: cannot run ${args.join(' ')}`));
    const { exitCode, output } = result;
    return Promise.resolve({ exitCode, output: typeof output === 'string' ? output : JSON.stringify(output) });
  };
}
