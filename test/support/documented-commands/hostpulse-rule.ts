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

/** Programs whose flags are settings: a faulty value is found, too. */
const programs = { exporter, snapshot, gateway, relay, up } as const;

/** Returns why the program refuses the arguments, or undefined. The words are those after `hostpulse`. */
export function hostpulseProblem(args: readonly string[]): string | undefined {
  if (args.length === 1 && /^(?:-h|--help|--version)$/.test(args[0] ?? '')) return undefined;
  const commands = allCommands();
  const words = longestCommand(Object.keys(commands), args);
  if (words === '') return `hostpulse has no command "${args[0]}"`;
  if (words in programs) return programProblem(words as keyof typeof programs, args.slice(1));
  const command = commands[words] as Command;
  // `hostpulse rules`, in a sentence, names the commands below it.
  if (command.commands.length > 0 && args.length === words.split(' ').length) return undefined;
  let root = command;
  while (root.parent !== null) root = root.parent;
  return commandProblem(root, args.slice(root.name().split(' ').length - 1));
}

/** Returns why the agent refuses the arguments, or undefined. The words are those after `hostpulse-agent`. */
export function agentProblem(args: readonly string[]): string | undefined {
  const [first = ''] = args;
  if (first === 'completion') return commandProblem(agentCommands()['completion'] as Command, args.slice(1));
  return first === 'snapshot' ? programProblem('snapshot', args.slice(1)) : programProblem('exporter', args);
}

function longestCommand(known: readonly string[], args: readonly string[]): string {
  const candidates = args.map((_, at) => args.slice(0, at + 1).join(' '));
  return candidates.findLast((words) => known.includes(words)) ?? '';
}

function commandProblem(root: Command, args: readonly string[]): string | undefined {
  const reported: string[] = [];
  const below = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(below)];
  for (const command of below(root)) {
    command.exitOverride().allowExcessArguments(false);
    command.configureOutput({ writeErr: (text) => reported.push(text), writeOut: () => undefined });
    if (command.commands.length === 0) command.action(() => undefined);
  }
  try {
    root.parse([...args], { from: 'user' });
    return undefined;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return undefined;
    return reported.join('').trim() || String(error);
  }
}

function programProblem(name: keyof typeof programs, args: readonly string[]): string | undefined {
  const spec = commandLineOf(programs[name] as typeof exporter, `hostpulse ${name}`);
  const problem = commandProblem(createCommand(spec), args);
  if (problem !== undefined || args.includes('--help')) return problem;
  return valueProblem(spec.settings, name, parseCommandLine(spec, args));
}

/** Settings that are missing may be in the configuration file that the document shows. Files of secrets are on the reader's machine. */
function valueProblem(settings: Settings, program: string, flags: Flags): string | undefined {
  try {
    loadConfig(settings, { program, flags, environment: {} });
    return undefined;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const faults = error.problems.filter(({ place, got }) => place.startsWith('--') && got !== 'nothing');
    return (
      faults.map(({ place, expected, got }) => `${place}: expected ${expected}, got ${got}`).join('; ') || undefined
    );
  }
}
