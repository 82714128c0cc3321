/** The commands of the single executable `hostpulse-agent`, for its shell completion and its manual page. */
import type { Command } from 'commander';
import { exporter } from '../../exporter/main.ts';
import { snapshot } from '../../exporter/snapshot/command.ts';
import { createCommand } from '../cli/command-line.ts';
import { commandLineOf } from '../cli/run.ts';
import { createCompletionCommand } from '../completion/completion-command.ts';

/** Returns the commands by the words after the program's name; `''` is the program itself. */
export function agentCommands(): Readonly<Record<string, Command>> {
  return {
    '': createCommand(commandLineOf(exporter, 'hostpulse-agent')),
    snapshot: createCommand(commandLineOf(snapshot, 'hostpulse-agent snapshot')),
    completion: createCompletionCommand('hostpulse-agent completion'),
  };
}
