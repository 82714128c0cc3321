/** The stack that a command works on: the one that was named, else the one that runs in the usual place. */
import { Option } from 'commander';
import { environmentName } from '../../common/program/settings/settings.ts';
import { defaultDataDirectory, readStackFlags, type StackFlags } from '../../stack/data/stack-file.ts';

/** Beside it nothing else may say where things are. */
export function dataDirOption(conflicts: readonly string[]): Option {
  return new Option(
    '--data-dir <folder>',
    `the data directory of a stack (hostpulse up); "${defaultDataDirectory}" if one runs there`,
  ).conflicts([...conflicts]);
}

export interface StackSearch {
  readonly dataDir: string | undefined;
  readonly program: 'gateway' | 'relay';
  /** By setting: what was given on the command line. */
  readonly given: Readonly<Record<string, unknown>>;
  /** Settings of which one, given by flag or environment, says that another place is meant. */
  readonly places: readonly string[];
}

/** Undefined where another place is meant, and where none runs. */
export function tryStack({ dataDir, program, given, places }: StackSearch): StackFlags | undefined {
  if (dataDir !== undefined) return readStackFlags(dataDir);
  const isGiven = (path: string): boolean =>
    given[path] !== undefined || process.env[environmentName(program, path)] !== undefined;
  if (places.some(isGiven)) return undefined;
  const stack = readStackFlags(defaultDataDirectory);
  return stack.isRunning ? stack : undefined;
}
