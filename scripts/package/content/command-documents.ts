/** Writes the manual page and the shell completions of a packaged command line. */
import type { Command } from 'commander';
import { renderManualPage } from '../../../bin/cli/manual-page.ts';
import { renderCompletion } from '../../../bin/completion/shell-scripts.ts';
import type { Release } from './release.ts';

export interface DocumentedProgram {
  readonly name: string;
  readonly commands: Readonly<Record<string, Command>>;
  /** Paths in the section FILES of the manual page, each with a description. */
  readonly files: readonly (readonly [path: string, description: string])[];
}

export interface CommandDocuments {
  readonly manual: string;
  readonly bash: string;
  readonly zsh: string;
  readonly fish: string;
}

export function commandDocuments(
  { name, commands, files }: DocumentedProgram,
  { version, timeSeconds }: Release,
): CommandDocuments {
  const completion = { program: name, commands };
  const date = new Date(timeSeconds * 1000).toISOString().slice(0, 10);
  return {
    manual: renderManualPage({ name, version, date, commands: Object.values(commands), files }),
    bash: renderCompletion('bash', completion),
    zsh: renderCompletion('zsh', completion),
    fish: renderCompletion('fish', completion),
  };
}
