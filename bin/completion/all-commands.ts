/** Every command of `hostpulse` with its flags, for shell completion and the manual page. */
import { Command } from 'commander';
import { relay } from '../../alert-relay/main.ts';
import { exporter } from '../../exporter/main.ts';
import { snapshot } from '../../exporter/snapshot/command.ts';
import { gateway } from '../../ingest-gateway/main.ts';
import { createCommand } from '../cli/command-line.ts';
import { commandLineOf } from '../cli/run.ts';
import { createCompletionCommand } from './completion-command.ts';

interface ListedCommand {
  readonly name: string;
  readonly summary: string;
}

/** Returns the commands by the words after `hostpulse`; `''` is `hostpulse` itself. */
export function allCommands(subcommands: readonly ListedCommand[]): Readonly<Record<string, Command>> {
  const named = subcommands.map(
    ({ name, summary }) => [name, new Command(`hostpulse ${name}`).description(summary)] as const,
  );
  return {
    '': new Command('hostpulse').description('Prometheus-native server monitoring'),
    ...Object.fromEntries(named),
    exporter: createCommand(commandLineOf(exporter, 'hostpulse exporter')),
    snapshot: createCommand(commandLineOf(snapshot, 'hostpulse snapshot')),
    gateway: createCommand(commandLineOf(gateway, 'hostpulse gateway')),
    relay: createCommand(commandLineOf(relay, 'hostpulse relay')),
    completion: createCompletionCommand('hostpulse completion'),
  };
}
