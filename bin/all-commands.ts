/** Every command of `hostpulse` with its flags, for shell completion and the manual page. */
import { Command } from 'commander';
import { relay } from '../alert-relay/main.ts';
import { exporter } from '../exporter/main.ts';
import { snapshot } from '../exporter/snapshot/command.ts';
import { gateway } from '../ingest-gateway/main.ts';
import { up } from '../stack/main.ts';
import { createCommand as createAlerts } from './alerts.ts';
import { createCommand as createBackup } from './backup/backup.ts';
import { createCommand as createRestore } from './backup/restore.ts';
import { createCommand } from './cli/command-line.ts';
import { wordsOf } from './cli/help/examples.ts';
import { commandLineOf } from './cli/run.ts';
import { createCompletionCommand } from './completion/completion-command.ts';
import { createCommand as createDoctor } from './doctor/doctor.ts';
import { createCommand as createHosts } from './hosts.ts';
import { createCommand as createKey } from './key.ts';
import { createCommand as createDead } from './relay/relay-dead.ts';
import { createCommand as createOnCall } from './relay/relay-oncall.ts';
import { createCommand as createReload } from './relay/relay-reload.ts';
import { createCommand as createRoute } from './relay/relay-route.ts';
import { createCommand as createTest } from './relay/relay-test.ts';
import { createCommand as createRules } from './rules/rules.ts';
import { createCommand as createSessions } from './sessions.ts';
import { createCommand as createTiers } from './tiers/tiers.ts';
import { createCommand as createTop } from './top/top.ts';

/** Returns the commands by the words after `hostpulse`; `''` is `hostpulse` itself. */
export function allCommands(): Readonly<Record<string, Command>> {
  const ofStack = [
    createAlerts,
    createBackup,
    createRestore,
    createDoctor,
    createHosts,
    createKey,
    createRules,
    createSessions,
    createTiers,
    createTop,
  ];
  const ofRelay = [createDead, createOnCall, createReload, createRoute, createTest];
  const commands = [
    createCommand(commandLineOf(exporter, 'hostpulse exporter')),
    createCommand(commandLineOf(snapshot, 'hostpulse snapshot')),
    createCommand(commandLineOf(gateway, 'hostpulse gateway')),
    createCommand(commandLineOf(relay, 'hostpulse relay')),
    createCommand(commandLineOf(up, 'hostpulse up')),
    createCompletionCommand('hostpulse completion'),
    ...[...ofStack, ...ofRelay].map((create) => create()),
  ];
  const all = commands.flatMap(withSubcommands);
  return {
    '': new Command('hostpulse').description('Prometheus-native server monitoring'),
    ...Object.fromEntries(all.map((command) => [wordsOf(command).replace(/^hostpulse /, ''), command])),
  };
}

function withSubcommands(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}
