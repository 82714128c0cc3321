/** `hostpulse completion` */
import { printCompletion } from './completion-command.ts';

export async function run([shell]: readonly string[]): Promise<void> {
  const { allCommands } = await import('./all-commands.ts');
  process.exitCode = printCompletion(shell, { program: 'hostpulse', commands: allCommands() });
}
