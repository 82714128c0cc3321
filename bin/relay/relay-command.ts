/** Shared by the relay's commands: configuration and database. */
import { type RelayConfig, relaySettings } from '../../alert-relay/config.ts';
import { relay } from '../../alert-relay/main.ts';
import { ConfigError } from '../../common/program/settings/config.ts';
import type { Database } from '../../common/store/schema.ts';
import { loadProgramConfig, type StoreFlags, withStore } from '../cli/program-store.ts';

/** Reads the configuration as the relay does. Throws a `ConfigError` with every problem. */
export async function readRelayConfig(flags: StoreFlags): Promise<RelayConfig> {
  const config = loadProgramConfig('relay', relaySettings, flags);
  const problems = (await relay.check?.(config)) ?? [];
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** Opens an existing database. A missing one is an error: a new one would hide a wrong path. */
export async function withRelayStore(flags: StoreFlags, act: (db: Database) => Promise<void>): Promise<void> {
  await withStore(await readRelayConfig(flags), act);
}
