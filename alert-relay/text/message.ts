/** What a channel is told: one notification of one episode, or of many at once; independent of the channel. */
import type { NotificationStatus } from '../../common/store/schema.ts';

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
  /** When the message was made. */
  readonly renderedAtMs: number;
  /** In which its times are said; of the IANA database. */
  readonly timeZone: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly links: MessageLinks;
}

/** What a channel is told at once of many alerts of one name and severity. */
export interface GroupMessage {
  /** Of the first notification that it settles; the same at each attempt as long as no other alert joins. */
  readonly id: number;
  readonly alertname: string;
  readonly severity: string | undefined;
  /** Alerts of the group that fire, and that ended. */
  readonly firing: number;
  readonly resolved: number;
  /** Different hosts among them. */
  readonly hosts: number;
  /** The earliest. */
  readonly startsAtMs: number;
  /** The latest end, once all of them ended. */
  readonly endsAtMs: number | undefined;
  readonly renderedAtMs: number;
  readonly timeZone: string;
  /** `silence`: of all of the group, whatever the host; `alert`: none. */
  readonly links: MessageLinks;
  /** The first twenty, those that fire before those that ended. */
  readonly shown: readonly Message[];
  /** What this delivery adds to a message that the channel has already. */
  readonly news: GroupNews;
}

export interface GroupNews {
  readonly status: NotificationStatus;
  /** The channel was told this status of all of them before. */
  readonly isReminder: boolean;
  readonly count: number;
  /** The first twenty hosts. */
  readonly hosts: readonly string[];
}
