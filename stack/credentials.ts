/** The stack's credentials: passwords and tokens between its components, API keys of the gateway, a login link for the browser. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { hash } from 'bcryptjs';
import { createApiKey, tryKeyHolder, tryRevokeApiKey } from '../common/store/credentials/api-keys.ts';
import { createLoginToken } from '../common/store/credentials/sessions.ts';
import { openStore } from '../common/store/open.ts';
import type { Database } from '../common/store/schema.ts';
import type { DataDirectory } from './data/data-directory.ts';
import { prometheusUser } from './data/data-directory.ts';
import { ensureSecret, tryReadSecret, writeSecret } from './data/secrets.ts';

const loginLifetimeMs = 24 * 3_600_000;

/** Creates the credentials that are missing or no longer valid. Returns a token that opens one browser session within 24 h. */
export async function ensureCredentials(directory: DataDirectory): Promise<string> {
  await ensureSecrets(directory);
  const { database, adminKey, grafana } = directory;
  const store = await openStore({ path: database });
  try {
    await ensureKey(store.db, { name: 'admin', scopes: ['admin', 'read'], file: adminKey });
    await ensureKey(store.db, { name: 'stack-grafana', scopes: ['read'], file: grafana.readKey });
    const nowMs = Date.now();
    return await createLoginToken(store.db, { scopes: ['admin', 'read'], lifetimeMs: loginLifetimeMs, nowMs });
  } finally {
    await store.close();
  }
}

/** Prometheus' password with the web configuration that demands it, Grafana's password, the relay's token. */
async function ensureSecrets({ prometheus, alertmanager, grafana }: DataDirectory): Promise<void> {
  mkdirSync(prometheus.customRules, { recursive: true, mode: 0o700 });
  ensureSecret(alertmanager.relayToken);
  ensureSecret(grafana.password);
  // bcrypt's lowest cost: Prometheus verifies the password at every query, and the password is 192 random bits.
  const hashed = await hash(ensureSecret(prometheus.password), 4);
  writeFileSync(prometheus.webConfig, `basic_auth_users:\n  ${prometheusUser}: ${hashed}\n`, { mode: 0o600 });
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
