/** Checks a command line of `hostpulse` with the parser of the program, without running the command. */
import { type Command, CommanderError } from 'commander';
import { relay } from '../../../alert-relay/main.ts';
import { agentCommands } from '../../../bin/agent/agent-commands.ts';
import { allCommands } from '../../../bin/all-commands.ts';
import { createCommand, type Flags, parseCommandLine } from '../../../bin/cli/command-line.ts';
import { commandLineOf } from '../../../bin/cli/run.ts';
import { ConfigError, loadConfig } from '../../../common/program/settings/config.ts';
import type { Settings } from '../../../common/program/settings/settings.ts';
import { exporter } from '../../../exporter/main.ts';
import { snapshot } from '../../../exporter/snapshot/command.ts';
import { gateway } from '../../../ingest-gateway/main.ts';
import { up } from '../../../stack/main.ts';

/** Programs whose flags are settings. Their rule also checks the values of the flags. */
const programs = { exporter, snapshot, gateway, relay, up } as const;

/** Returns why `hostpulse` rejects the arguments. `args` are the words after `hostpulse`. */
export function hostpulseProblems(args: readonly string[]): readonly string[] {
  if (args.length === 1 && /^(?:-h|--help|--version)$/.test(args[0] ?? '')) return [];
  const commands = allCommands();
  const words = longestCommand(Object.keys(commands), args);
  if (words === '') return [`hostpulse has no command "${args[0]}"`];
  if (words in programs) return programProblems(words as keyof typeof programs, args.slice(1));
  const command = commands[words] as Command;
  // In a sentence, `hostpulse rules` names the group of commands.
  if (command.commands.length > 0 && args.length === words.split(' ').length) return [];
  let root = command;
  while (root.parent !== null) root = root.parent;
  return commandProblems(root, args.slice(root.name().split(' ').length - 1));
}

/** Returns why the agent rejects the arguments. `args` are the words after `hostpulse-agent`. */
export function agentProblems(args: readonly string[]): readonly string[] {
  const [first = ''] = args;
  if (first === 'completion') return commandProblems(agentCommands()['completion'] as Command, args.slice(1));
  return first === 'snapshot' ? programProblems('snapshot', args.slice(1)) : programProblems('exporter', args);
}

function longestCommand(known: readonly string[], args: readonly string[]): string {
  const candidates = args.map((_, at) => args.slice(0, at + 1).join(' '));
  return candidates.findLast((words) => known.includes(words)) ?? '';
}

function commandProblems(root: Command, args: readonly string[]): readonly string[] {
  const reported: string[] = [];
  const below = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(below)];
  for (const command of below(root)) {
    command.exitOverride().allowExcessArguments(false);
    command.configureOutput({ writeErr: (text) => reported.push(text), writeOut: () => undefined });
    if (command.commands.length === 0) command.action(() => undefined);
  }
  try {
    root.parse([...args], { from: 'user' });
    return [];
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return [];
    return [reported.join('').trim() || String(error)];
  }
}

function programProblems(name: keyof typeof programs, args: readonly string[]): readonly string[] {
  const spec = commandLineOf(programs[name] as typeof exporter, `hostpulse ${name}`);
  const problems = commandProblems(createCommand(spec), args);
  if (problems.length > 0 || args.includes('--help')) return problems;
  return valueProblems(spec.settings, name, parseCommandLine(spec, args));
}

/**
 * Checks the values of flags. Ignores missing settings, because a document may set them in a configuration file, and settings that are
 * not flags.
 */
function valueProblems(settings: Settings, program: string, flags: Flags): readonly string[] {
  try {
    loadConfig(settings, { program, flags, environment: {} });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const faults = error.problems.filter(({ place, got }) => place.startsWith('--') && got !== 'nothing');
    return faults.map(({ place, expected, got }) => `${place}: expected ${expected}, got ${got}`);
  }
}
