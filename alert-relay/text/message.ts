/** Defines the content of a message, independent of the channel: one notification, or a group of notifications. */
import type { NotificationStatus } from '../../common/store/schema.ts';

export interface MessageLinks {
  /** The graph of the expression around the time of the episode. */
  readonly graph: string | undefined;
  /** The episode's page in the history. */
  readonly alert: string | undefined;
  /** A silence form with exactly this alert's labels. */
  readonly silence: string | undefined;
  readonly runbook: string | undefined;
}

/** Undefined fields are unknown: the alert has no such label or annotation, or Prometheus did not answer. */
export interface Message {
  /** The notification's id. The same at each attempt, so that receivers can detect duplicates. */
  readonly id: number;
  readonly status: NotificationStatus;
  /** This status of the episode was delivered to the channel before. */
  readonly isReminder: boolean;
  /** False: Alertmanager announced no resolution; the relay found the alert gone. */
  readonly isAnnounced: boolean;
  /** The alert ended because its host did not answer: the condition may persist. */
  readonly isHostDown: boolean;
  readonly episodeId: number;
  readonly fingerprint: string;
  readonly alertname: string;
  readonly severity: string | undefined;
  readonly host: string | undefined;
  /** Dotted name of the catalogue. */
  readonly metric: string | undefined;
  readonly unit: string | undefined;
  /** While firing: the last reported value. Resolved: Prometheus' value at the end of the alert. */
  readonly value: number | undefined;
  readonly threshold: number | undefined;
  readonly summary: string | undefined;
  readonly description: string | undefined;
  readonly startsAtMs: number;
  readonly endsAtMs: number | undefined;
  /** When the message was rendered. */
  readonly renderedAtMs: number;
  /** IANA time zone of the times in the message. */
  readonly timeZone: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly links: MessageLinks;
}

/** A message about several alerts of one name and severity. */
export interface GroupMessage {
  /** Id of the first notification in it. The same at each attempt unless another alert joins the group. */
  readonly id: number;
  readonly alertname: string;
  readonly severity: string | undefined;
  /** Numbers of firing and resolved alerts. */
  readonly firing: number;
  readonly resolved: number;
  /** Number of different hosts. */
  readonly hosts: number;
  /** The earliest start. */
  readonly startsAtMs: number;
  /** The latest end; undefined while an alert is firing. */
  readonly endsAtMs: number | undefined;
  readonly renderedAtMs: number;
  readonly timeZone: string;
  /** `silence` covers the whole group, for all hosts. `alert` is undefined. */
  readonly links: MessageLinks;
  /** The first twenty alerts. Firing alerts come first. */
  readonly shown: readonly Message[];
  /** Changes since the previous message of the group. */
  readonly news: GroupNews;
}

export interface GroupNews {
  readonly status: NotificationStatus;
  /** This status was delivered to the channel before, for all alerts. */
  readonly isReminder: boolean;
  readonly count: number;
  /** The first twenty of the hosts. */
  readonly hosts: readonly string[];
}
