/** The list of tables. */
import type { Kysely } from 'kysely';
import type { AlertHistoryTable } from './alert-history.ts';
import type { ApiKeysTable } from './api-keys.ts';
import type { NotificationsTable } from './notifications.ts';
import type { RelayStateTable } from './relay-state.ts';
import type { LoginTokensTable, SessionsTable } from './sessions.ts';

export interface StoreSchema {
  readonly alert_history: AlertHistoryTable;
  readonly api_keys: ApiKeysTable;
  readonly login_tokens: LoginTokensTable;
  readonly notifications: NotificationsTable;
  readonly relay_state: RelayStateTable;
  readonly sessions: SessionsTable;
}

/** The database, or a transaction on it: every table function takes either. */
export type Database = Kysely<StoreSchema>;
