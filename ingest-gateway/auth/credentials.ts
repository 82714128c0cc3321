/** The store's keys and sessions, and JWTs where they are set up, as the API's calls ask for them. */
import type { CredentialStore } from '../../common/http/auth.ts';
import type { Log } from '../../common/program/log.ts';
import { tryValidKey } from '../../common/store/credentials/api-keys.ts';
import { trySessionHolder } from '../../common/store/credentials/sessions.ts';
import type { Store } from '../../common/store/open.ts';
import { createKnownKeys } from './api-key-cache.ts';
import { type JwtConfig, keySources } from './jwt/settings.ts';
import type { JwtVerifier } from './jwt/verifier.ts';

export interface CredentialSources {
  /** Nobody changes keys through this connection of the store: it is told of changes by others. */
  readonly store: Pick<Store, 'db' | 'changes'>;
  readonly jwt: JwtVerifier | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export function createCredentials({ store, jwt, now }: CredentialSources): CredentialStore {
  const { db } = store;
  const changes = heldFor(changesHeldMs, () => store.changes());
  const keys = createKnownKeys({ look: (key) => tryValidKey(db, key, now()), changes, now });
  return {
    findKey: (token) => (jwt !== undefined && token.includes('.') ? jwt.find(token) : keys.find(token)),
    findSession: (token) => trySessionHolder(db, token, now()),
  };
}

/** Asking takes locks of the file, which counts where hundreds push a second. */
const changesHeldMs = 20;

function heldFor<T>(ms: number, read: () => T): () => T {
  let held = read();
  let untilMs = performance.now() + ms;
  return () => {
    const nowMs = performance.now();
    if (nowMs < untilMs) return held;
    held = read();
    untilMs = nowMs + ms;
    return held;
  };
}

/** Undefined where no setting names keys; jose is loaded only where one does. */
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
