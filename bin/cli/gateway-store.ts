/** The gateway's configuration and database, for commands that work while the gateway runs or not. */
import type { Command } from 'commander';
import { type ConfigLayers, loadConfig } from '../../common/program/settings/config.ts';
import { readConfigFile } from '../../common/program/settings/config-file.ts';
import { openExistingStore, openStore } from '../../common/store/open.ts';
import type { Database } from '../../common/store/schema.ts';
import { type GatewayConfig, settings } from '../../ingest-gateway/config.ts';
import { logSettings } from './run.ts';
import { type StoreFlags, settingFlags } from './setting-flags.ts';
import { dataDirOption, tryStack } from './stack-flags.ts';

/** Flags by commander's names. */
export interface GatewayFlags extends StoreFlags {
  readonly 'prometheus.url'?: string | undefined;
  readonly 'prometheus.basicAuth.username'?: string | undefined;
  readonly 'prometheus.basicAuth.passwordFile'?: string | undefined;
  readonly 'retention.prometheusDataDir'?: string | undefined;
}

/** Adds the flags that locate the gateway's database. */
export function addDatabaseFlags(command: Command): Command {
  return command
    .option('--config.file <path>', "the gateway's YAML file")
    .option('--database.path <path>', "the gateway's SQLite file")
    .option('--database.url-file <path>', 'file that holds the URL of the PostgreSQL database')
    .addOption(dataDirOption(['config.file', 'database.path', 'database.url-file', 'prometheus.url']));
}

/** Adds the flags that locate database and Prometheus. */
export function addPrometheusFlags(command: Command): Command {
  return addDatabaseFlags(command)
    .option('--prometheus.url <url>', 'Prometheus')
    .option('--prometheus.basic-auth.username <text>', 'user at Prometheus')
    .option('--prometheus.basic-auth.password-file <path>', 'file that holds the password at Prometheus');
}

/** Throws a `ConfigError` with every problem of flags, environment and file. */
export function loadGatewayConfig({ dataDir, 'config.file': file, ...options }: GatewayFlags): GatewayConfig {
  const given = settingFlags(options);
  const stack = tryStack({ dataDir, program: 'gateway', given: { ...given, 'config.file': file }, places });
  const layers: ConfigLayers = {
    program: 'gateway',
    flags: { ...stack?.flags, ...given },
    environment: process.env,
    ...(file === undefined ? {} : { file: readConfigFile(file, process.env) }),
  };
  return loadConfig({ ...settings, ...logSettings }, layers);
}

const places = ['config.file', 'database.path', 'database.url', 'database.url-file', 'prometheus.url'] as const;

export interface StoreOptions {
  /** Absent: a missing database is an error. A new one would hide a wrong path: it has no keys and no hosts. */
  readonly mayCreate?: true;
}

export async function withGatewayStore(
  flags: GatewayFlags,
  act: (db: Database, config: GatewayConfig) => Promise<void>,
  { mayCreate }: StoreOptions = {},
): Promise<void> {
  const config = loadGatewayConfig(flags);
  const location = { path: config.databasePath, url: config.databaseUrl };
  const store = await (mayCreate === true ? openStore(location) : openExistingStore(location));
  try {
    await act(store.db, config);
  } finally {
    await store.close();
  }
}
