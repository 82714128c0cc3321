/** Flags, configuration and database of commands that work on a program's database while the program runs or not. */
import type { Command } from 'commander';
import { loadConfig } from '../../common/program/settings/config.ts';
import { readConfigFile } from '../../common/program/settings/config-file.ts';
import type { ConfigOf, Settings } from '../../common/program/settings/settings.ts';
import { openExistingStore, openStore } from '../../common/store/open.ts';
import type { Database } from '../../common/store/schema.ts';
import type { storeSettings } from '../../common/store/settings.ts';
import { logSettings } from './run.ts';
import { dataDirOption, tryStack } from './stack-flags.ts';

/** Flags of every command that opens a database, by commander's names. */
export interface StoreFlags {
  readonly 'config.file'?: string | undefined;
  readonly 'database.path'?: string | undefined;
  readonly 'database.urlFile'?: string | undefined;
  readonly dataDir?: string | undefined;
}

type Program = 'gateway' | 'relay';

/** Flags and settings that locate a program. With one of them, no stack is used. */
const places: Readonly<Record<Program, readonly string[]>> = {
  gateway: ['config.file', 'database.path', 'database.url-file', 'prometheus.url'],
  relay: ['config.file', 'database.path', 'database.url-file'],
};

/** Adds the flags that locate the program's database. */
export function addStoreFlags(command: Command, program: Program): Command {
  return command
    .option('--config.file <path>', `the ${program}'s YAML file`)
    .option('--database.path <path>', `the ${program}'s SQLite file`)
    .option('--database.url-file <path>', 'file that holds the URL of the PostgreSQL database')
    .addOption(dataDirOption(places[program]));
}

/** Returns the configuration of the program, of the stack if there is one. Throws a `ConfigError` with every problem. */
export function loadProgramConfig<S extends Settings>(
  program: Program,
  settings: S,
  { dataDir, 'config.file': givenFile, ...options }: StoreFlags,
): ConfigOf<S & typeof logSettings> {
  const given = settingFlags(options);
  const named = { ...given, 'config.file': givenFile };
  const stack = tryStack({ dataDir, program, given: named, places: [...places[program], 'database.url'] });
  const { 'config.file': stackFile, ...stackFlags } = stack?.flags[program] ?? {};
  const file = givenFile ?? stackFile;
  const source = file === undefined ? {} : { file: readConfigFile(file, process.env) };
  const flags = { ...stackFlags, ...given };
  return loadConfig({ ...settings, ...logSettings }, { program, flags, environment: process.env, ...source });
}

/** Renames commander's options to flag names: `database.urlFile` becomes `database.url-file`. Drops flags that were not given. */
function settingFlags(options: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(options)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), value]),
  );
}

export interface StoreOptions {
  /** Absent: a missing database is an error. A new one would hide a wrong path: it has no keys and no hosts. */
  readonly mayCreate?: true;
}

export async function withStore(
  { databasePath: path, databaseUrl: url }: ConfigOf<typeof storeSettings>,
  act: (db: Database) => Promise<void>,
  { mayCreate }: StoreOptions = {},
): Promise<void> {
  const store = await (mayCreate === true ? openStore({ path, url }) : openExistingStore({ path, url }));
  try {
    await act(store.db);
  } finally {
    await store.close();
  }
}
