/** Returns the events of an episode in chronological order. */
import type { Episode, Notification } from '../../api/alerts.ts';
import { formatSpan } from '../../format/values.ts';
import { tryFormatValue, unitOf } from '../alert-value.ts';
import { deliveryLabels } from '../delivery-status.ts';

export interface TimelineEvent {
  readonly timeMs: number;
  readonly tone: 'fired' | 'resolved' | 'delivered' | 'pending' | 'dead';
  readonly text: string;
  /** Attempts, delay and reason. Absent without any of them. */
  readonly detail?: string;
}

export function timelineOf(episode: Episode): readonly TimelineEvent[] {
  const startMs = Date.parse(episode.starts_at);
  const reported = new Set<string>();
  const messages = episode.notifications.map((notification) => {
    const key = `${notification.status} ${notification.channel}`;
    const isReminder = reported.has(key);
    reported.add(key);
    return messageEvent(notification, isReminder);
  });
  const events: TimelineEvent[] = [
    { timeMs: startMs, tone: 'fired', text: 'Fired' },
    ...messages,
    ...endOf(episode, startMs),
  ];
  return events.toSorted((a, b) => a.timeMs - b.timeMs);
}

function endOf(episode: Episode, startMs: number): readonly TimelineEvent[] {
  if (episode.ends_at === undefined) return [];
  const endMs = Date.parse(episode.ends_at);
  const value = tryFormatValue(episode.value_at_resolve, unitOf(episode));
  const detail = [
    `after ${formatSpan(Math.max(0, endMs - startMs))}`,
    ...(value === undefined ? [] : [`value at end ${value}`]),
    ...(episode.resolution === 'not_announced'
      ? ['no resolved notification arrived: the alert was gone from Alertmanager and Prometheus']
      : []),
  ].join('; ');
  return [{ timeMs: endMs, tone: 'resolved', text: 'Resolved', detail }];
}

function messageEvent(notification: Notification, isReminder: boolean): TimelineEvent {
  const { channel, status, state, attempts, created_at, settled_at, reason } = notification;
  const createdMs = Date.parse(created_at);
  const what = status === 'resolved' ? 'Resolved notification to' : isReminder ? 'Reminder to' : 'Notification to';
  const delayMs = settled_at === undefined ? 0 : Date.parse(settled_at) - createdMs;
  const detail = [
    ...(attempts > 1 ? [`${attempts} attempts`] : []),
    ...(delayMs >= 1_000 ? [`after ${formatSpan(delayMs)}`] : []),
    ...(reason === undefined ? [] : [reason]),
  ].join('; ');
  return {
    timeMs: createdMs,
    tone: state,
    text: `${what} ${channel}: ${deliveryLabels[state]}`,
    ...(detail === '' ? {} : { detail }),
  };
}
