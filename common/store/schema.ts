/** The list of tables. */
import type { Kysely } from 'kysely';
import type { AlertHistoryTable } from './alert-history.ts';
import type { AlertRulesTable, RuleFileOwnerTable } from './alert-rules.ts';
import type { ApiKeysTable } from './api-keys.ts';
import type { ChannelTurnsTable } from './channel-turns.ts';
import type { LeasesTable } from './leases.ts';
import type { NotificationsTable } from './notifications.ts';
import type { PushedHostsTable } from './pushed-hosts.ts';
import type { RelayChannelsTable } from './relay-channels.ts';
import type { RelayStateTable } from './relay-state.ts';
import type { RepairWindowsTable } from './repair-windows.ts';
import type { LoginTokensTable, SessionsTable } from './sessions.ts';
import type { TierStateTable } from './tier-state.ts';

export interface StoreSchema {
  readonly alert_history: AlertHistoryTable;
  readonly alert_rules: AlertRulesTable;
  readonly api_keys: ApiKeysTable;
  readonly channel_turns: ChannelTurnsTable;
  readonly leases: LeasesTable;
  readonly login_tokens: LoginTokensTable;
  readonly notifications: NotificationsTable;
  readonly pushed_hosts: PushedHostsTable;
  readonly relay_channels: RelayChannelsTable;
  readonly relay_state: RelayStateTable;
  readonly repair_windows: RepairWindowsTable;
  readonly rule_file_owner: RuleFileOwnerTable;
  readonly sessions: SessionsTable;
  readonly tier_state: TierStateTable;
}

/** The database, or a transaction on it: every table function takes either. */
export type Database = Kysely<StoreSchema>;
