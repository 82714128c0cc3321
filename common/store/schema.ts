/** The tables of the store. */
import type { Generated, Kysely, Selectable } from 'kysely';
import type { RecordedTierName } from '../catalogue/tiers.ts';

/** How an episode ended: Alertmanager announced it, or the relay no longer found the alert in Alertmanager and Prometheus. */
export type Resolution = 'announced' | 'not_announced';

/** Times in epoch milliseconds. */
export interface AlertHistoryTable {
  readonly id: Generated<number>;
  /** Alertmanager's fingerprint of the label set. At most one open episode has it. */
  readonly fingerprint: string;
  readonly alertname: string;
  readonly severity: string | null;
  /** The alert's `instance`. */
  readonly host: string | null;
  /** A JSON object of strings, as are `annotations`. */
  readonly labels: string;
  readonly annotations: string;
  readonly receiver: string;
  readonly generator_url: string | null;
  readonly external_url: string | null;
  /** The start in the first firing. After a restart of Prometheus or Alertmanager, later firings may have another. */
  readonly starts_at: number;
  /** When the relay received the first firing. */
  readonly opened_at: number;
  /** When a webhook last contained the alert as firing. */
  readonly seen_at: number;
  /** The end of the alert by the clock of Alertmanager, or of the relay; null while open. */
  readonly ends_at: number | null;
  /** When the relay closed the episode; null while open. */
  readonly closed_at: number | null;
  readonly resolution: Resolution | null;
  /** When a firing arrived that may be a late copy from before the end; the reconciler decides. */
  readonly refired_at: number | null;
  /** The value of the rule's expression; null while open, and where Prometheus has none. */
  readonly value_at_resolve: number | null;
  /** Since when, by whom and with which note the alert is acknowledged; null: not acknowledged. Kept after the end. */
  readonly acknowledged_at: number | null;
  readonly acknowledged_by: string | null;
  readonly acknowledged_note: string | null;
}

export type AcknowledgementKind = 'acknowledged' | 'withdrawn';

/** Every acknowledgement of an episode and every withdrawal, oldest first. */
export interface AcknowledgementChangesTable {
  readonly id: Generated<number>;
  readonly episode_id: number;
  readonly kind: AcknowledgementKind;
  readonly by: string;
  readonly note: string | null;
  /** Epoch milliseconds. */
  readonly changed_at: number;
}

/** Times in epoch milliseconds. */
export interface EscalationStepsTable {
  readonly id: Generated<number>;
  readonly episode_id: number;
  /** From 1. */
  readonly step: number;
  /** Time from the opening of the episode. */
  readonly after_ms: number;
  /** A JSON list of channels, as configured when the episode was opened. */
  readonly channels: string;
  readonly due_at: number;
  /** When the notifications of the step were queued; null before. */
  readonly taken_at: number | null;
  /** A JSON list of the channels that were notified; null before. */
  readonly notified: string | null;
}

/** Secrets that sign links. */
export interface LinkSecretsTable {
  readonly name: string;
  readonly secret: string;
}

export interface ChannelLeasesTable {
  readonly channel: string;
  /** Host and process id of the relay that took the lease last; null before the first lease. */
  readonly holder: string | null;
  /** Fencing token: grows with every lease, so that a holder that lost its lease can be recognised. */
  readonly token: number;
  /** Epoch milliseconds by the database's clock; 0 after a release. */
  readonly expires_at: number;
  /** Epoch milliseconds of the next allowed message, from the channel's rate limit or its receiver's Retry-After. */
  readonly not_before: number;
}

export type AlertStatus = 'firing' | 'resolved';

/** `acknowledgement`: the alert was acknowledged, or its acknowledgement was changed or withdrawn. */
export type NotificationStatus = AlertStatus | 'acknowledgement';

/** `pending`: in the outbox. `dead`: refused by the receiver, or not delivered in time. */
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
  /** When the message was delivered or given up; null while pending. */
  readonly settled_at: number | null;
  /** Why the last attempt failed; null when no attempt failed. */
  readonly reason: string | null;
  /**
   * The id that the channel assigned to the message, such as an email's Message-ID; shared by the episodes of a grouped
   * message. Null while pending, and for channels without ids.
   */
  readonly receipt: string | null;
}

export type NotificationRow = Selectable<NotificationsTable>;

/** Times in epoch milliseconds. */
export interface PushedHostsTable {
  readonly host: string;
  readonly last_push_at: number;
  /** The timestamp of the host's newest sample. */
  readonly last_sample_at: number;
  readonly interval_ms: number;
  /** Null while the host pushes. */
  readonly silent_since: number | null;
  /** When an operator removed the host; the row stays until a gateway has ended the host's `up`. */
  readonly forgotten_at: number | null;
  /** Labels of every series of the host, as JSON; null when they are not known. */
  readonly labels: string | null;
  /** When the host's sender last sent its `up`; null for a host whose `up` the gateway writes. */
  readonly last_up_at: number | null;
}

/** Times in epoch milliseconds. */
export interface RepairWindowsTable {
  readonly id: Generated<number>;
  readonly host: string;
  readonly tier: RecordedTierName;
  /** Timestamps of the oldest and the newest late sample. */
  readonly from_ms: number;
  readonly to_ms: number;
  /** When the last late sample was stored. */
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
  /** The name of the rule's file without extension: `rule-3f9a1c20`. */
  readonly rule_id: string;
  /** The alert's name. */
  readonly name: string;
  /** JSON in the gateway's schema. */
  readonly definition: string;
  /** Counts changes, from 1. */
  readonly revision: number;
  readonly created_at: number;
  readonly updated_at: number;
  readonly updated_by: string;
}

/** One row: the database's id in its rule files. A new database has another id and owns no existing file. */
export interface RuleFileOwnerTable {
  readonly owner: string;
}

/** Times in epoch milliseconds. */
export interface ApiKeysTable {
  readonly id: Generated<number>;
  /** The public part of the key: finds the row, and identifies the key in logs. */
  readonly key_id: string;
  /** SHA-256 of the complete key, in hex. */
  readonly hash: string;
  /** Unique among keys that are not revoked. */
  readonly name: string;
  /** Separated by spaces. */
  readonly scopes: string;
  /** The only host that the key may push for or read; null: any host. */
  readonly host: string | null;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly revoked_at: number | null;
  /** Updated at most once a minute. */
  readonly last_used_at: number | null;
}

/** Times in epoch milliseconds. */
export interface LoginTokensTable {
  /** SHA-256, in hex. */
  readonly hash: string;
  readonly scopes: string;
  readonly expires_at: number;
}

/** Times in epoch milliseconds. */
export interface EnrollmentTokensTable {
  /** SHA-256, in hex. */
  readonly hash: string;
  /** The host that the key of the token is bound to. */
  readonly host: string;
  /** A JSON object of strings. */
  readonly labels: string;
  readonly expires_at: number;
}

export interface SessionsTable {
  /** SHA-256, in hex. */
  readonly hash: string;
  readonly scopes: string;
  /** The key that opened the session, which ends with the key; null: opened by a login link. */
  readonly key_id: string | null;
  readonly created_at: number;
  readonly expires_at: number;
}

export interface LeasesTable {
  readonly name: string;
  /** A UUID, unique to one run of one program. */
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

/** Times in epoch milliseconds. */
export interface TopRecordsTable {
  readonly host: string;
  /** End and start of the time that the record covers. A host has one record for each end. */
  readonly to_at: number;
  readonly from_at: number;
  /** Size of the row. */
  readonly bytes: number;
  /** The processes in the form of `packProcesses`. */
  readonly processes: string;
}

export interface StoreSchema {
  readonly acknowledgement_changes: AcknowledgementChangesTable;
  readonly alert_history: AlertHistoryTable;
  readonly alert_rules: AlertRulesTable;
  readonly api_keys: ApiKeysTable;
  readonly channel_leases: ChannelLeasesTable;
  readonly enrollment_tokens: EnrollmentTokensTable;
  readonly escalation_steps: EscalationStepsTable;
  readonly leases: LeasesTable;
  readonly link_secrets: LinkSecretsTable;
  readonly login_tokens: LoginTokensTable;
  readonly notifications: NotificationsTable;
  readonly pushed_hosts: PushedHostsTable;
  readonly relay_channels: RelayChannelsTable;
  readonly relay_state: RelayStateTable;
  readonly repair_windows: RepairWindowsTable;
  readonly rule_file_owner: RuleFileOwnerTable;
  readonly sessions: SessionsTable;
  readonly tier_state: TierStateTable;
  readonly top_records: TopRecordsTable;
}

/** The database, or a transaction on it; table functions accept either. */
export type Database = Kysely<StoreSchema>;
