/**
 * Deletes recorded points that remain after a corrected point was written at the same instant. Prometheus stores a late sample
 * beside the existing one and returns either of the two, most often the late one; otherwise the existing one must be deleted.
 */
import { matcher, renderSelector } from '../../../common/catalogue/expression.ts';
import type { PrometheusConnection } from '../../../common/prometheus/connection.ts';
import { querySeries, type SeriesLabels } from '../../../common/prometheus/query.ts';
import { type HeldLease, withLease } from '../../../common/store/leases.ts';
import type { Database } from '../../../common/store/schema.ts';
import { deleteSeries } from '../../prometheus/admin.ts';
import type { Difference } from './recomputed-points.ts';

const seriesPerCall = 200;

export interface PointDeletion {
  readonly prometheus: PrometheusConnection;
  readonly db: Database;
  readonly signal: AbortSignal | undefined;
}

/**
 * Deletes the points of kind `wrong`; the caller writes the corrected ones again. Returns how many points were left alone
 * because no selector matches their series and nothing else. Interrupted, it leaves points missing, which the next repair of
 * the window adds. Throws a `PrometheusError`, or a `LeaseTaken` while tombstones are being cleaned.
 */
export async function deleteWrongPoints(
  { prometheus, db, signal }: PointDeletion,
  differences: readonly Difference[],
): Promise<number> {
  const wrong = differences
    .map(({ labels, points }) => ({
      labels,
      timesMs: points.filter(({ kind }) => kind === 'wrong').map(({ timeMs }) => timeMs),
    }))
    .filter(({ timesMs }) => timesMs.length > 0);
  let kept = 0;
  for (let at = 0; at < wrong.length; at += seriesPerCall) {
    const part = wrong.slice(at, at + seriesPerCall);
    kept += await withTombstoneLease({ db, signal }, (lease) => deleteExactly(prometheus, lease, part));
  }
  return kept;
}

interface WrongPoints {
  readonly labels: SeriesLabels;
  readonly timesMs: readonly number[];
}

async function deleteExactly(
  prometheus: PrometheusConnection,
  lease: HeldLease,
  wrong: readonly WrongPoints[],
): Promise<number> {
  const { signal } = lease;
  const times = wrong.flatMap(({ timesMs }) => timesMs);
  const range = { startMs: Math.min(...times), endMs: Math.max(...times), signal };
  const similar = await querySeries(prometheus, { ...range, selectors: wrong.map(({ labels }) => render(labels)) });
  const exact = wrong.map(({ labels, timesMs }) => ({ timesMs, labels: withoutOthers(labels, similar) }));
  // A series that appeared since the first query may have a label that no matcher excludes yet.
  const matched = await querySeries(prometheus, { ...range, selectors: exact.map(({ labels }) => render(labels)) });
  const byInstant = new Map<number, string[]>();
  let kept = 0;
  for (const { labels, timesMs } of exact) {
    const isExact = matched.filter((series) => matches(labels, series)).length === 1;
    if (!isExact) kept += timesMs.length;
    else for (const timeMs of timesMs) byInstant.set(timeMs, [...(byInstant.get(timeMs) ?? []), render(labels)]);
  }
  for (const [timeMs, [first, ...rest]] of byInstant) {
    if (first === undefined) continue;
    await lease.confirm();
    await deleteSeries(prometheus, { selectors: [first, ...rest], startMs: timeMs, endMs: timeMs, signal });
  }
  return kept;
}

/** Other label names, which Prometheus 3 allows, are not part of PromQL's selectors before it. */
const selectableLabel = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/**
 * Returns the labels, and with an empty value every other label of a series that the labels alone match as well. In a selector
 * an empty value matches only series without the label.
 */
function withoutOthers(labels: SeriesLabels, similar: readonly SeriesLabels[]): SeriesLabels {
  const others = similar
    .filter((series) => matches(labels, series))
    .flatMap(Object.keys)
    .filter((label) => selectableLabel.test(label));
  return { ...Object.fromEntries(others.map((label) => [label, ''])), ...labels };
}

function matches(labels: SeriesLabels, series: SeriesLabels): boolean {
  return Object.entries(labels).every(([label, value]) => (series[label] ?? '') === value);
}

function render(labels: SeriesLabels): string {
  return renderSelector(
    '',
    Object.entries(labels).map(([label, value]) => matcher(label, value)),
  );
}

/**
 * Runs `work` while no other program that shares the database deletes single points or cleans tombstones: a cleaning depends
 * on which blocks have tombstones (retention/clean-guard.ts). Throws a `LeaseTaken` after a minute.
 */
export function withTombstoneLease<T>(
  { db, signal }: Pick<PointDeletion, 'db' | 'signal'>,
  work: (lease: HeldLease) => Promise<T>,
): Promise<T> {
  return withLease({ db, name: 'tombstones', lifetimeMs: 60_000, waitMs: 60_000, signal, now: Date.now }, work);
}
