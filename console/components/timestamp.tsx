/** A point of time: how long ago, or the time itself; the other on pointing at it. */
import { formatAgo } from '../format/durations.ts';
import { formatTime } from '../format/times.ts';

export interface TimestampProps {
  /** RFC 3339. */
  readonly at: string;
  /** Given: how long before it; absent: the time. */
  readonly nowMs?: number;
}

export function Timestamp({ at, nowMs }: TimestampProps) {
  const timeMs = Date.parse(at);
  const time = formatTime(timeMs);
  return (
    <time datetime={at} title={nowMs === undefined ? at : time}>
      {nowMs === undefined ? time : formatAgo(timeMs, nowMs)}
    </time>
  );
}
