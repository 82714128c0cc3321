/** Renders a time, absolute or relative. The tooltip shows the other form. */
import { formatAgo, formatTime } from '../format/values.ts';

interface TimestampProps {
  /** RFC 3339. */
  readonly at: string;
  /** Shows the time relative to this time. Absent: shows the absolute time. */
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
