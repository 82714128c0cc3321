/**
 * Compares a late batch with what Prometheus has: within its out-of-order window it would replace a stored value by
 * another one. The first value that was accepted stays.
 */
import { matcher, renderSelector } from '../../common/catalogue/matcher.ts';
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import { queryRaw } from '../../common/prometheus/query.ts';
import type { ReadSample, ReadSeries } from '../remote-write/read.ts';
import { joinSeries, readSeries, writeSeries } from './split-request.ts';

export interface Unknown {
  /** Undefined when Prometheus has all of it. */
  readonly body: Uint8Array | undefined;
  /** Samples left out because Prometheus has another value at their instant. */
  readonly conflicts: number;
}

/** Instants closer than this are asked about together, up to the longer time. */
const gapMs = 60_000;
const windowMs = 30 * 60_000;

/** The batch without the points that Prometheus has. Throws a `PrometheusError`. */
export async function withoutKnown(
  prometheus: PrometheusConnection,
  { host, body }: { readonly host: string; readonly body: Uint8Array },
): Promise<Unknown> {
  const series = readSeries(body);
  const known = new Map<string, Map<number, number>>();
  for (const { startMs, endMs } of windowsOf(series)) {
    const selector = renderSelector('', [matcher('instance', host)]);
    for (const { labels, points } of await queryRaw(prometheus, { selector, startMs, endMs })) {
      const key = keyOf(Object.entries(labels));
      const instants = known.get(key) ?? new Map<number, number>();
      for (const [timeMs, value] of points) instants.set(timeMs, value);
      known.set(key, instants);
    }
  }
  let conflicts = 0;
  const kept: ReadSeries[] = [];
  for (const { labels, samples } of series) {
    const instants = known.get(keyOf(labels));
    const isNew = ({ timestampMs, value }: ReadSample): boolean => {
      const stored = instants?.get(timestampMs);
      if (stored === undefined) return true;
      if (!Object.is(stored, value)) conflicts += 1;
      return false;
    };
    const unknown = samples.filter(isNew);
    if (unknown.length > 0) kept.push({ labels, samples: unknown });
  }
  return { body: kept.length === 0 ? undefined : joinSeries(kept.map(writeSeries)), conflicts };
}

function keyOf(labels: readonly (readonly [string, string])[]): string {
  return JSON.stringify([...labels].sort(([a], [b]) => (a < b ? -1 : 1)));
}

interface Window {
  readonly startMs: number;
  endMs: number;
}

function windowsOf(series: readonly ReadSeries[]): readonly Window[] {
  const instants = [...new Set(series.flatMap(({ samples }) => samples.map(({ timestampMs }) => timestampMs)))];
  const windows: Window[] = [];
  for (const timeMs of instants.sort((a, b) => a - b)) {
    const last = windows.at(-1);
    if (last !== undefined && timeMs - last.endMs <= gapMs && timeMs - last.startMs <= windowMs) last.endMs = timeMs;
    else windows.push({ startMs: timeMs, endMs: timeMs });
  }
  return windows;
}
