/** The store's keys and sessions, as the API's calls ask for them. */
import type { CredentialStore } from '../common/http/auth.ts';
import { tryKeyHolder } from '../common/store/api-keys.ts';
import type { Database } from '../common/store/schema.ts';
import { trySessionHolder } from '../common/store/sessions.ts';

export function createCredentials(db: Database, now: () => number): CredentialStore {
  return {
    findKey: (token) => tryKeyHolder(db, token, now()),
    findSession: (token) => trySessionHolder(db, token, now()),
  };
}
