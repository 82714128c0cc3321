/** Runs a subcommand that works on a program's database, and sets the exit code. */
import { type Command, CommanderError } from 'commander';
import { messageOf } from '../../common/program/log.ts';
import { ConfigError } from '../../common/program/settings/config.ts';

/** Sets the exit code: 0 done, 1 failed or incomplete, 2 invalid usage or configuration. Prints errors to stderr. */
export async function runCommand(command: Command, argv: readonly string[]): Promise<void> {
  for (const each of [command, ...command.commands]) each.exitOverride().allowExcessArguments(false);
  try {
    await command.parseAsync([...argv], { from: 'user' });
  } catch (thrown) {
    process.exitCode = explain(command.name(), thrown);
  }
}

function explain(name: string, thrown: unknown): number {
  if (thrown instanceof CommanderError) {
    // commander has printed its own errors. Errors of our argument parsers have other codes.
    if (!thrown.code.startsWith('commander.')) process.stderr.write(`${name}: ${thrown.message}\n`);
    return thrown.exitCode === 0 ? 0 : 2;
  }
  process.stderr.write(`${name}: ${messageOf(thrown)}\n`);
  return thrown instanceof ConfigError ? 2 : 1;
}
