/** Finds the stack that a command works on: the one of `--data-dir`, else the one that runs over the default data directory. */
import { Option } from 'commander';
import { environmentName } from '../../common/program/settings/settings.ts';
import { defaultDataDirectory, readStackFlags, type StackFlags } from '../../stack/data/stack-file.ts';

/** Conflicts with the flags that locate single programs. */
export function dataDirOption(conflicts: readonly string[]): Option {
  return new Option(
    '--data-dir <folder>',
    `the data directory of a stack (hostpulse up); "${defaultDataDirectory}" if one runs there`,
  ).conflicts([...conflicts]);
}

export interface StackSearch {
  readonly dataDir: string | undefined;
  readonly program: 'gateway' | 'relay';
  /** Values of the command line by setting. */
  readonly given: Readonly<Record<string, unknown>>;
  /** Settings that locate a program. A flag or environment variable for one of them means that no stack is used. */
  readonly places: readonly string[];
}

/** Returns undefined when a setting names another place, or when no stack runs. */
export function tryStack({ dataDir, program, given, places }: StackSearch): StackFlags | undefined {
  if (dataDir !== undefined) return readStackFlags(dataDir);
  const isGiven = (path: string): boolean =>
    given[path] !== undefined || process.env[environmentName(program, path)] !== undefined;
  if (places.some(isGiven)) return undefined;
  const stack = readStackFlags(defaultDataDirectory);
  return stack.isRunning ? stack : undefined;
}
