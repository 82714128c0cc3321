/** What a channel is told: one notification of one episode, independent of the channel. */
import type { NotificationStatus } from '../common/store/notifications.ts';

export interface MessageLinks {
  /** The expression over the time around the episode. */
  readonly graph: string | undefined;
  /** The episode in the history. */
  readonly alert: string | undefined;
  /** A silence form filled with exactly this alert's labels. */
  readonly silence: string | undefined;
  readonly runbook: string | undefined;
}

/** Undefined where nobody told, or Prometheus could not tell. */
export interface Message {
  /** The notification's; the same at each attempt, so that a receiver can tell a copy. */
  readonly id: number;
  readonly status: NotificationStatus;
  /** The channel was told this status of the episode before. */
  readonly isReminder: boolean;
  /** False: nobody announced the end, the relay found the alert gone. */
  readonly isAnnounced: boolean;
  readonly episodeId: number;
  readonly fingerprint: string;
  readonly alertname: string;
  readonly severity: string | undefined;
  readonly host: string | undefined;
  /** The catalogue's dotted name. */
  readonly metric: string | undefined;
  readonly unit: string | undefined;
  /** While firing as last told; at the end, as Prometheus has it for that moment. */
  readonly value: number | undefined;
  readonly threshold: number | undefined;
  readonly summary: string | undefined;
  readonly description: string | undefined;
  readonly startsAtMs: number;
  readonly endsAtMs: number | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly links: MessageLinks;
}
