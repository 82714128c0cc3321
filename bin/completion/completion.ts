/** `hostpulse completion` */
import { printCompletion } from './completion-command.ts';

interface ListedCommand {
  readonly name: string;
  readonly summary: string;
}

/** Returns the subcommand for the list that contains it. */
export function createRun(subcommands: readonly ListedCommand[]): (argv: readonly string[]) => Promise<void> {
  return async ([shell]) => {
    const { allCommands } = await import('./all-commands.ts');
    process.exitCode = printCompletion(shell, { program: 'hostpulse', commands: allCommands(subcommands) });
  };
}
