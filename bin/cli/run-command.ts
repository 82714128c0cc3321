/** Runs a subcommand: sets the exit code, prints errors, and stops on Ctrl-C and SIGTERM where the subcommand asks for it. */
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

const stopSignals = ['SIGINT', 'SIGTERM'] as const;

/**
 * Calls `act` with a signal that SIGINT and SIGTERM abort, and returns its result. After an abort, a rejection of `act` becomes an
 * `Error` with `message`.
 */
export async function stoppable<T>(message: string, act: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stopping = new AbortController();
  const stop = (): void => stopping.abort(new Error(message));
  for (const name of stopSignals) process.once(name, stop);
  try {
    return await act(stopping.signal);
  } catch (thrown) {
    throw stopping.signal.aborted ? stopping.signal.reason : thrown;
  } finally {
    for (const name of stopSignals) process.off(name, stop);
  }
}
