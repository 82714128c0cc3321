/** Creates collectors that read recorded outputs of a program instead of running the program. */
import { readFileSync } from 'node:fs';
import type { RunProgram } from '../../exporter/collector/child-program.ts';
import type { Collector } from '../../exporter/collector/collector.ts';
import { createNvidia } from '../../exporter/collectors/nvidia.ts';
import { createSmart } from '../../exporter/collectors/smart.ts';

interface Recorded {
  readonly exitCode: number;
  /** The output as text, or as JSON. */
  readonly output: unknown;
}

/** Returns a function that returns the recorded output for the last argument of a call. Rejects a call without a recorded output. */
function recordedProgram(path: string): RunProgram {
  const recorded = JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, Recorded>>;
  return ({ command, args }) => {
    const result = recorded[args.at(-1) ?? ''];
    if (result === undefined) return Promise.reject(new Error(`${command}: cannot run ${args.join(' ')}`));
    const { exitCode, output } = result;
    return Promise.resolve({ exitCode, output: typeof output === 'string' ? output : JSON.stringify(output) });
  };
}

export function createCaseSmart(path: string): Collector {
  return createSmart({ run: recordedProgram(path) });
}

export function createCaseNvidia(path: string): Collector {
  return createNvidia({ run: recordedProgram(path) });
}
