/** The command `completion SHELL`, which prints the completion script of a shell. */
import { Command } from 'commander';
import { addExamples } from '../cli/help/examples.ts';
import { type CompletionSpec, renderCompletion, shells } from './shell-scripts.ts';

const summary = `prints the completion script of a shell: ${shells.join(', ')}`;

export function createCompletionCommand(command: string): Command {
  return addExamples(new Command(command).description(summary).argument('<shell>', shells.join(', ')), [
    'bash > /etc/bash_completion.d/hostpulse',
    'install the completion of bash',
  ]);
}

/** Prints the script of the shell and returns the exit code: 2 for an unknown shell. */
export function printCompletion(shell: string | undefined, spec: CompletionSpec): number {
  const known = shells.find((each) => each === shell);
  if (known === undefined) {
    const got = shell === undefined ? '' : `, got "${shell}"`;
    process.stderr.write(`${spec.program} completion: expected ${shells.join(', ')}${got}\n`);
    return 2;
  }
  process.stdout.write(renderCompletion(known, spec));
  return 0;
}
