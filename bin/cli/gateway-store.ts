/** The gateway's configuration and database, for commands that work while the gateway runs or not. */
import type { Command } from 'commander';
import type { Database } from '../../common/store/schema.ts';
import { type GatewayConfig, settings } from '../../ingest-gateway/config.ts';
import { addStoreFlags, loadProgramConfig, type StoreFlags, type StoreOptions, withStore } from './program-store.ts';

/** Flags by commander's names. */
export interface GatewayFlags extends StoreFlags {
  readonly 'prometheus.url'?: string | undefined;
  readonly 'prometheus.basicAuth.username'?: string | undefined;
  readonly 'prometheus.basicAuth.passwordFile'?: string | undefined;
  readonly 'retention.prometheusDataDir'?: string | undefined;
}

/** Adds the flags that locate the gateway's database. */
export function addDatabaseFlags(command: Command): Command {
  return addStoreFlags(command, 'gateway');
}

/** Adds the flags that locate database and Prometheus. */
export function addPrometheusFlags(command: Command): Command {
  return addDatabaseFlags(command)
    .option('--prometheus.url <url>', 'Prometheus')
    .option('--prometheus.basic-auth.username <text>', 'user at Prometheus')
    .option('--prometheus.basic-auth.password-file <path>', 'file that holds the password at Prometheus');
}

export async function withGatewayStore(
  flags: GatewayFlags,
  act: (db: Database, config: GatewayConfig) => Promise<void>,
  options?: StoreOptions,
): Promise<void> {
  const config = loadProgramConfig('gateway', settings, flags);
  await withStore(config, (db) => act(db, config), options);
}
