/** Shared by the relay's commands: options, configuration, database and exit codes. */
import { type Command, CommanderError } from 'commander';
import { type RelayConfig, relaySettings } from '../../alert-relay/config.ts';
import { relay } from '../../alert-relay/main.ts';
import { messageOf } from '../../common/program/log.ts';
import { ConfigError, loadConfig } from '../../common/program/settings/config.ts';
import { readConfigFile } from '../../common/program/settings/config-file.ts';
import { openExistingStore } from '../../common/store/open.ts';
import type { Database } from '../../common/store/schema.ts';
import { logSettings } from '../cli/run.ts';
import { type StoreFlags, storeFlags } from '../cli/setting-flags.ts';
import { dataDirOption, tryStack } from '../cli/stack-flags.ts';

export type RelayFlags = StoreFlags;

/** Adds the options that all of the relay's commands have. */
export function withRelayOptions(command: Command): Command {
  return command
    .option('--config.file <path>', "the relay's YAML file")
    .option('--database.path <path>', "the relay's SQLite file")
    .option('--database.url-file <path>', 'file with the URL of its PostgreSQL database')
    .addOption(dataDirOption(['config.file', 'database.path', 'database.url-file']))
    .exitOverride()
    .allowExcessArguments(false);
}

const places = ['config.file', 'database.path', 'database.url', 'database.url-file'] as const;

/** Reads the configuration as the relay does. Throws a `ConfigError` with every problem. */
export async function readRelayConfig(flags: RelayFlags): Promise<RelayConfig> {
  const given = storeFlags(flags);
  const named = { ...given, 'config.file': flags['config.file'] };
  const stack = tryStack({ dataDir: flags.dataDir, program: 'relay', given: named, places });
  const { 'config.file': stackFile, ...stackFlags } = stack?.relayFlags ?? {};
  const file = flags['config.file'] ?? stackFile;
  const config = loadConfig(
    { ...relaySettings, ...logSettings },
    {
      program: 'relay',
      flags: { ...stackFlags, ...given },
      environment: process.env,
      ...(file === undefined ? {} : { file: readConfigFile(file, process.env) }),
    },
  );
  const problems = (await relay.check?.(config)) ?? [];
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** Opens an existing database. A missing one is an error: a new one would hide a wrong path. */
export async function withRelayStore<T>(flags: RelayFlags, act: (db: Database) => Promise<T>): Promise<T> {
  const { databasePath: path, databaseUrl: url } = await readRelayConfig(flags);
  const store = await openExistingStore({ path, url });
  try {
    return await act(store.db);
  } finally {
    await store.close();
  }
}

/** Runs the command. Exit code 1: the command failed; 2: wrong usage or configuration. */
export async function runRelayCommand(command: Command, argv: readonly string[]): Promise<void> {
  try {
    await command.parseAsync([...argv], { from: 'user' });
  } catch (thrown) {
    if (thrown instanceof CommanderError) {
      process.exitCode = thrown.exitCode === 0 ? 0 : 2;
      return;
    }
    process.stderr.write(`${command.name()}: ${messageOf(thrown)}\n`);
    process.exitCode = thrown instanceof ConfigError ? 2 : 1;
  }
}
