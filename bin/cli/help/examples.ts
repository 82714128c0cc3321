/** Adds the section "Examples" to the help of commands. */
import type { Command } from 'commander';
import type { Example } from '../../../common/program/program.ts';

/** Adds examples to the help of a command and returns the command. The help prints the words of the command before each example. */
export function addExamples(command: Command, ...examples: readonly Example[]): Command {
  if (examples.length === 0) return command;
  return command.addHelpText('after', () => renderExamples(wordsOf(command), examples));
}

type Subcommand = (usage: string, description: string, ...examples: readonly [Example, ...Example[]]) => Command;

/** Returns a function that adds a subcommand to `command`, with the flags of `addFlags` and at least one example. */
export function subcommandsOf(command: Command, addFlags: (subcommand: Command) => Command): Subcommand {
  return (usage, description, ...examples) =>
    addExamples(addFlags(command.command(usage)).description(description), ...examples);
}

function renderExamples(words: string, examples: readonly Example[]): string {
  const rows = examples.map(([text, purpose]) => `  # ${purpose}\n  ${`${words} ${text}`.trimEnd()}\n`);
  return `\nExamples:\n${rows.join('\n')}`;
}

/** Returns the command as the user types it, such as `hostpulse key create`. */
export function wordsOf(command: Command): string {
  return command.parent === null ? command.name() : `${wordsOf(command.parent)} ${command.name()}`;
}
