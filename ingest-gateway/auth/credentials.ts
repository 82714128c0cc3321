/** Checks credentials of API calls: keys and sessions of the store, and JWTs if configured. */
import type { CredentialStore } from '../../common/http/auth.ts';
import type { Log } from '../../common/program/log.ts';
import { tryValidKey } from '../../common/store/credentials/api-keys.ts';
import { trySessionHolder } from '../../common/store/credentials/sessions.ts';
import type { Store } from '../../common/store/open.ts';
import { createApiKeyCache } from './api-key-cache.ts';
import { type JwtConfig, keySources } from './jwt/settings.ts';
import type { JwtVerifier } from './jwt/verifier.ts';

export interface CredentialSources {
  /** A connection through which no key is changed, so that it reports changes by other connections. */
  readonly store: Pick<Store, 'db' | 'changes'>;
  readonly jwt: JwtVerifier | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export function createCredentials({ store, jwt, now }: CredentialSources): CredentialStore {
  const { db } = store;
  const changes = cachedFor(changesCachedMs, () => store.changes());
  const keys = createApiKeyCache({ look: (key) => tryValidKey(db, key, now()), changes, now });
  return {
    findKey: (token) => (jwt !== undefined && token.includes('.') ? jwt.find(token) : keys.find(token)),
    findSession: (token) => trySessionHolder(db, token, now()),
  };
}

/** Asking locks the file, which is noticeable at hundreds of pushes per second. */
const changesCachedMs = 20;

function cachedFor<T>(ms: number, read: () => T): () => T {
  let cached = read();
  let untilMs = performance.now() + ms;
  return () => {
    const nowMs = performance.now();
    if (nowMs < untilMs) return cached;
    cached = read();
    untilMs = nowMs + ms;
    return cached;
  };
}

/** Returns undefined when no setting names keys. Loads jose only if one does. */
export async function tryJwtVerifier(
  config: JwtConfig,
  context: { readonly log: Log; readonly now: () => number },
): Promise<JwtVerifier | undefined> {
  if (keySources(config).length === 0) return undefined;
  const [{ createKeySource }, { createJwtVerifier }] = await Promise.all([
    import('./jwt/key-source.ts'),
    import('./jwt/verifier.ts'),
  ]);
  const keys = createKeySource(config, context.log);
  return keys === undefined ? undefined : createJwtVerifier({ keys, config, ...context });
}
