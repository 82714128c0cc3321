/** The section "Examples" in the help of a command. */
import type { Command } from 'commander';
import type { Example } from '../../../common/program/program.ts';

/** Adds examples to the help of a command. The text of an example follows the words of the command. */
export function addExamples(command: Command, ...examples: readonly Example[]): Command {
  if (examples.length === 0) return command;
  return command.addHelpText('after', () => renderExamples(wordsOf(command), examples));
}

function renderExamples(words: string, examples: readonly Example[]): string {
  const rows = examples.map(([text, purpose]) => `  # ${purpose}\n  ${`${words} ${text}`.trimEnd()}\n`);
  return `\nExamples:\n${rows.join('\n')}`;
}

/** Returns the command as the user types it, such as `hostpulse key create`. */
export function wordsOf(command: Command): string {
  return command.parent === null ? command.name() : `${wordsOf(command.parent)} ${command.name()}`;
}
