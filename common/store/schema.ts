/** The list of tables. */
import type { Kysely } from 'kysely';
import type { AlertHistoryTable } from './alert-history.ts';
import type { NotificationsTable } from './notifications.ts';
import type { RelayStateTable } from './relay-state.ts';

export interface StoreSchema {
  readonly alert_history: AlertHistoryTable;
  readonly notifications: NotificationsTable;
  readonly relay_state: RelayStateTable;
}

/** The database, or a transaction on it: every table function takes either. */
export type Database = Kysely<StoreSchema>;
