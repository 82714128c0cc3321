/** The stack's credentials: passwords and tokens between its components, API keys of the gateway, a login link for the browser. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { hash } from 'bcryptjs';
import type { Secret } from '../common/program/settings/secret.ts';
import { createApiKey, tryKeyHolder, tryRevokeApiKey } from '../common/store/credentials/api-keys.ts';
import { createLoginToken } from '../common/store/credentials/sessions.ts';
import { openStore } from '../common/store/open.ts';
import type { Database } from '../common/store/schema.ts';
import type { DataDirectory } from './data/data-directory.ts';
import { stackUser } from './data/data-directory.ts';
import { ensureSecret, tryReadSecret, writeSecret } from './data/secrets.ts';

const loginLifetimeMs = 24 * 3_600_000;

/**
 * Creates the credentials that are missing or no longer valid. Returns a token that opens one browser session within 24 h. With
 * `databaseUrl`, the keys are in that PostgreSQL database instead of the directory's SQLite file.
 */
export async function ensureCredentials(directory: DataDirectory, databaseUrl?: Secret): Promise<string> {
  await ensureSecrets(directory);
  const { database, adminKey, grafana, prometheus } = directory;
  const store = await openStore({ path: database, url: databaseUrl });
  try {
    await ensureKey(store.db, { name: 'admin', scopes: ['admin', 'read'], file: adminKey });
    await ensureKey(store.db, { name: 'stack-grafana', scopes: ['read'], file: grafana.readKey });
    await ensureKey(store.db, { name: 'stack-prometheus', scopes: ['read'], file: prometheus.gatewayKey });
    const nowMs = Date.now();
    return await createLoginToken(store.db, { scopes: ['admin', 'read'], lifetimeMs: loginLifetimeMs, nowMs });
  } finally {
    await store.close();
  }
}

/** The passwords of Prometheus and Alertmanager with the web configurations that demand them, Grafana's password, the relay's token. */
async function ensureSecrets({ prometheus, alertmanager, grafana }: DataDirectory): Promise<void> {
  mkdirSync(prometheus.customRules, { recursive: true, mode: 0o700 });
  ensureSecret(alertmanager.relayToken);
  ensureSecret(grafana.password);
  await writeWebConfig(prometheus.webConfig, ensureSecret(prometheus.password));
  mkdirSync(alertmanager.folder, { recursive: true, mode: 0o700 });
  const password = ensureSecret(prometheus.alertmanagerPassword);
  writeSecret(alertmanager.passwordCopy, password);
  await writeWebConfig(alertmanager.webConfig, password);
}

async function writeWebConfig(file: string, password: string): Promise<void> {
  // bcrypt's lowest cost: Prometheus verifies the password at every query, and the password is 192 random bits.
  const hashed = await hash(password, 4);
  writeFileSync(file, `basic_auth_users:\n  ${stackUser}: ${hashed}\n`, { mode: 0o600 });
}

interface KeyFile {
  readonly name: string;
  readonly scopes: readonly ['read'] | readonly ['admin', 'read'];
  readonly file: string;
}

/** Creates a key when the file is missing or holds no valid key, and revokes the previous key of that name. */
async function ensureKey(db: Database, { name, scopes, file }: KeyFile): Promise<void> {
  const nowMs = Date.now();
  const existing = tryReadSecret(file);
  if (existing !== undefined && (await tryKeyHolder(db, existing, nowMs)) !== undefined) return;
  await tryRevokeApiKey(db, name, nowMs);
  const { key } = await createApiKey(db, { name, scopes, nowMs });
  writeSecret(file, key);
}
