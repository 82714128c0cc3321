/** Time ranges in Grafana's notation. */
import { parseInterval, type TimeRange } from './interval.ts';

/** Parses `now`, `now-6h` or milliseconds since the epoch. Throws an Error for other texts. */
export function resolveTime(text: string, nowMs: number): number {
  if (text === 'now') return nowMs;
  const ago = /^now-(.+)$/.exec(text)?.[1];
  if (ago !== undefined) return nowMs - parseInterval(ago, text);
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new Error(`expected now, now-6h or milliseconds since the epoch, got ${JSON.stringify(text)}`);
}

export function resolveRange(from: string, to: string, nowMs: number): TimeRange {
  return { fromMs: resolveTime(from, nowMs), toMs: resolveTime(to, nowMs) };
}

/** Ranges listed first in the time picker. */
export const quickRanges = [
  { label: 'Last 5 minutes', from: 'now-5m' },
  { label: 'Last 15 minutes', from: 'now-15m' },
  { label: 'Last 1 hour', from: 'now-1h' },
  { label: 'Last 6 hours', from: 'now-6h' },
  { label: 'Last 24 hours', from: 'now-24h' },
  { label: 'Last 7 days', from: 'now-7d' },
  { label: 'Last 30 days', from: 'now-30d' },
] as const;
