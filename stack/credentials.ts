/** How people get in: keys of the gateway, each kept in a file, and a login link for the browser, new at each start. */
import { createApiKey, tryKeyHolder, tryRevokeApiKey } from '../common/store/credentials/api-keys.ts';
import { createLoginToken } from '../common/store/credentials/sessions.ts';
import { openStore } from '../common/store/open.ts';
import type { Database } from '../common/store/schema.ts';
import type { DataDirectory } from './data/data-directory.ts';
import { tryReadSecret, writeSecret } from './data/secrets.ts';

interface KeptKey {
  readonly name: string;
  readonly scopes: readonly ['read'] | readonly ['admin', 'read'];
  readonly file: string;
}

const loginLifetimeMs = 24 * 3_600_000;

/** Makes sure that the files of the admin's and of Grafana's key hold valid keys. */
export async function keepKeys({ database, adminKey, grafana }: DataDirectory): Promise<void> {
  const store = await openStore({ path: database });
  try {
    await keepKey(store.db, { name: 'admin', scopes: ['admin', 'read'], file: adminKey });
    await keepKey(store.db, { name: 'stack-grafana', scopes: ['read'], file: grafana.readKey });
  } finally {
    await store.close();
  }
}

/** A token that opens one session in the page, once, within a day. */
export async function openLogin({ database }: DataDirectory): Promise<string> {
  const store = await openStore({ path: database });
  try {
    return await createLoginToken(store.db, {
      scopes: ['admin', 'read'],
      lifetimeMs: loginLifetimeMs,
      nowMs: Date.now(),
    });
  } finally {
    await store.close();
  }
}

/** A file without a valid key (lost, edited, revoked) gets a new one; the old key of that name ends. */
async function keepKey(db: Database, { name, scopes, file }: KeptKey): Promise<void> {
  const nowMs = Date.now();
  const kept = tryReadSecret(file);
  if (kept !== undefined && (await tryKeyHolder(db, kept, nowMs)) !== undefined) return;
  await tryRevokeApiKey(db, name, nowMs);
  const { key } = await createApiKey(db, { name, scopes, nowMs });
  writeSecret(file, key);
}
