/** The tables of the store, and the type of a database that has them. */
import type { Generated, Kysely, Selectable } from 'kysely';
import type { RecordedTierName } from '../catalogue/tiers.ts';

/** Who said that an episode ended: Alertmanager, or the relay, which found the alert gone everywhere. */
export type Resolution = 'announced' | 'not_announced';

/** Times in epoch milliseconds. */
export interface AlertHistoryTable {
  readonly id: Generated<number>;
  /** Alertmanager's, of the label set. At most one open episode has it. */
  readonly fingerprint: string;
  readonly alertname: string;
  readonly severity: string | null;
  /** The alert's `instance`. */
  readonly host: string | null;
  /** JSON objects of texts. */
  readonly labels: string;
  readonly annotations: string;
  readonly receiver: string;
  readonly generator_url: string | null;
  readonly external_url: string | null;
  /** As first told; later firings of the episode may tell another, after a restart of Prometheus or Alertmanager. */
  readonly starts_at: number;
  /** When the relay learned of it. */
  readonly opened_at: number;
  /** When a webhook last named it as firing. */
  readonly seen_at: number;
  /** When the alert ended by the clock of who said so; null while open. */
  readonly ends_at: number | null;
  /** When the relay learned of the end; null while open. */
  readonly closed_at: number | null;
  readonly resolution: Resolution | null;
  /** When a firing came that may be a late copy from before the end: the reconciler finds out. */
  readonly refired_at: number | null;
  /** Of the rule's expression; null while open, and where Prometheus cannot tell. */
  readonly value_at_resolve: number | null;
}

export interface ChannelLeasesTable {
  readonly channel: string;
  /** Host and process id of the relay that took the lease last; null before the first lease. */
  readonly holder: string | null;
  /** Fencing token: grows with every lease, so that a holder that lost its lease can be recognised. */
  readonly token: number;
  /** Epoch milliseconds by the database's clock; 0 after a release. */
  readonly expires_at: number;
  /** Epoch milliseconds before which no message is sent: the channel's own rate, or its receiver's Retry-After. */
  readonly not_before: number;
}

export type NotificationStatus = 'firing' | 'resolved';

/** `pending` waits in the outbox; `dead` was refused, or could not be delivered in time. */
export type NotificationState = 'pending' | 'delivered' | 'dead';

/** Times in epoch milliseconds. */
export interface NotificationsTable {
  readonly id: Generated<number>;
  readonly episode_id: number;
  readonly channel: string;
  readonly status: NotificationStatus;
  readonly state: NotificationState;
  readonly attempts: number;
  readonly created_at: number;
  readonly next_attempt_at: number;
  /** When it was delivered or given up; null while pending. */
  readonly settled_at: number | null;
  /** Why the last attempt failed; null where none did. */
  readonly reason: string | null;
  /**
   * What the channel answered when it took the message (a message's place, an email's id); messages of several episodes
   * that went out as one share it. Null while pending, and for channels that give none.
   */
  readonly receipt: string | null;
}

export type NotificationRow = Selectable<NotificationsTable>;

/** Times in epoch milliseconds. */
export interface PushedHostsTable {
  readonly host: string;
  readonly last_push_at: number;
  /** Its newest sample's own time. */
  readonly last_sample_at: number;
  readonly interval_ms: number;
  /** Null while it pushes. */
  readonly silent_since: number | null;
  /** An operator no longer expects it; its `up` is yet to be ended. */
  readonly forgotten_at: number | null;
}

export interface RepairWindowsTable {
  readonly id: Generated<number>;
  readonly host: string;
  readonly tier: RecordedTierName;
  /** Times of the oldest and the newest late sample; epoch milliseconds, as all here. */
  readonly from_ms: number;
  readonly to_ms: number;
  /** When the last of them was stored. */
  readonly stored_at: number;
  readonly due_at: number;
  readonly attempts: number;
}

export interface TierStateTable {
  readonly name: string;
  /** Epoch milliseconds. */
  readonly value: number;
}

/** Times in epoch milliseconds. */
export interface AlertRulesTable {
  readonly id: Generated<number>;
  /** Names its file: `rule-3f9a1c20`. */
  readonly rule_id: string;
  /** The alert's. */
  readonly name: string;
  /** JSON; its shape is the gateway's. */
  readonly definition: string;
  /** One more with each change, from 1. */
  readonly revision: number;
  readonly created_at: number;
  readonly updated_at: number;
  readonly updated_by: string;
}

/** One row: whose files in a folder are this database's. Another database, or a lost one, owns none of them. */
export interface RuleFileOwnerTable {
  readonly owner: string;
}

/** Times in epoch milliseconds. */
export interface ApiKeysTable {
  readonly id: Generated<number>;
  /** The part of the key that may be shown: it finds the row and names the key in logs. */
  readonly key_id: string;
  /** SHA-256 of the whole key, in hex. */
  readonly hash: string;
  /** Unique among keys that are not revoked. */
  readonly name: string;
  /** Separated by blanks. */
  readonly scopes: string;
  /** The only host that it may push for or read; null: any. */
  readonly host: string | null;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly revoked_at: number | null;
  /** To the minute. */
  readonly last_used_at: number | null;
}

/** Times in epoch milliseconds. */
export interface LoginTokensTable {
  /** SHA-256, in hex. */
  readonly hash: string;
  readonly scopes: string;
  readonly expires_at: number;
}

export interface SessionsTable {
  /** SHA-256, in hex. */
  readonly hash: string;
  readonly scopes: string;
  /** The key that opened it, whose end is its end; null: a login link did. */
  readonly key_id: string | null;
  readonly created_at: number;
  readonly expires_at: number;
}

export interface LeasesTable {
  readonly name: string;
  /** Unique to a run of a program: `web-1/4711/<random>`. */
  readonly holder: string;
  /** Epoch milliseconds. */
  readonly expires_at: number;
}

export interface RelayChannelsTable {
  readonly name: string;
}

export interface RelayStateTable {
  readonly name: string;
  /** Epoch milliseconds. */
  readonly value: number;
}

export interface StoreSchema {
  readonly alert_history: AlertHistoryTable;
  readonly alert_rules: AlertRulesTable;
  readonly api_keys: ApiKeysTable;
  readonly channel_leases: ChannelLeasesTable;
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
