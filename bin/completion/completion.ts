/** `hostpulse completion` */
import type { Command } from 'commander';
import { printCompletion } from './completion-command.ts';

/** Returns the subcommand. `load` resolves with every command by the words after `hostpulse`. */
export function createRun(
  load: () => Promise<Readonly<Record<string, Command>>>,
): (argv: readonly string[]) => Promise<void> {
  return async ([shell]) => {
    process.exitCode = printCompletion(shell, { program: 'hostpulse', commands: await load() });
  };
}
