/** Defines the bodies of the gateway's API about alerts: active alerts from Alertmanager, and the history of the relay. */
import type { Labels } from './promql.ts';

/** A message to a channel, and its delivery. */
export interface Notification {
  readonly channel: string;
  readonly status: 'firing' | 'resolved';
  readonly state: 'pending' | 'delivered' | 'dead';
  readonly attempts: number;
  readonly created_at: string;
  readonly settled_at?: string;
  /** Why the message was dropped, or why the newest attempt failed. */
  readonly reason?: string;
}

/** An alert from its first firing to its end. */
export interface Episode {
  readonly id: number;
  readonly rule: string;
  readonly state: 'firing' | 'resolved';
  readonly severity?: string;
  readonly host?: string;
  readonly fingerprint: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly starts_at: string;
  readonly ends_at?: string;
  readonly resolution?: 'announced' | 'not_announced';
  readonly value_at_resolve?: number;
  /** Oldest first. */
  readonly notifications: readonly Notification[];
}

export interface HistoryPage {
  readonly alerts: readonly Episode[];
  readonly next_cursor?: string;
}

/** An alert that is active in Alertmanager. */
export interface ActiveAlert {
  readonly fingerprint: string;
  readonly rule: string;
  readonly severity?: string;
  readonly host?: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly starts_at: string;
  readonly state: 'active' | 'suppressed' | 'unprocessed';
  /** Ids of silences. */
  readonly silenced_by: readonly string[];
  /** Fingerprints of alerts. */
  readonly inhibited_by: readonly string[];
}

export interface ActiveAlerts {
  readonly time: string;
  /** When Alertmanager last received Watchdog. Absent if Watchdog is not active. */
  readonly watchdog_received_at?: string;
  readonly alerts: readonly ActiveAlert[];
}

export const historyPath = '/api/v1/alerts';

/** Returns the API path of the active alerts. `filters`: matchers in Alertmanager's syntax. All of them must match. */
export function activePath(filters: readonly string[] = []): string {
  const query = new URLSearchParams(filters.map((filter): [string, string] => ['filter', filter]));
  return `/api/v1/alerts/active${query.size === 0 ? '' : `?${query}`}`;
}
