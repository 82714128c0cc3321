/**
 * Replaces recorded points. Prometheus stores a corrected point beside the existing one and returns either of the two, so the
 * existing one is deleted, which is right only for a point that is out of Prometheus' head (docs/decisions/replaced-points.md).
 */
import { matcher, renderSelector } from '../../../common/catalogue/promql.ts';
import type { PrometheusConnection } from '../../../common/prometheus/connection.ts';
import { queryRaw, querySeries, type SeriesLabels } from '../../../common/prometheus/query.ts';
import { type HeldLease, withLease } from '../../../common/store/leases.ts';
import type { Database } from '../../../common/store/schema.ts';
import { deleteSeries, tryHeadRange } from '../../prometheus/admin.ts';
import {
  addRefused,
  type Difference,
  differences,
  type PointWriter,
  pointsIn,
  pointsWhere,
  type RepairReport,
  seriesOf,
} from './recomputed-points.ts';

const seriesPerCall = 200;

const dayMs = 86_400_000;

/** Within the out-of-order window of 30 h: a deleted point must be writable again. */
const replaceableMs = 29 * 3_600_000;

export interface ReplaceRequest {
  /** All points are of kind `wrong` and have the corrected value. */
  readonly wrong: readonly Difference[];
  /** The run adds its numbers of remaining, postponed, inexact and refused points to this report. */
  readonly report: RepairReport;
  readonly signal?: AbortSignal | undefined;
}

export interface PointReplacement {
  /**
   * Replaces the points that only blocks hold, and postpones points of the head, or all where a deletion is not safe. Interrupted, it leaves the corrected points or
   * points missing, which the next repair adds. Throws a `PrometheusError`, or a `LeaseTaken` while tombstones are being cleaned.
   */
  run(request: ReplaceRequest): Promise<void>;
}

export interface PointReplacementOptions {
  readonly prometheus: PrometheusConnection;
  readonly db: Database;
  readonly writer: PointWriter;
  /** Returns why deleting single points is not safe with this backend; undefined when it is safe. */
  readonly whyUnsafe: (signal: AbortSignal | undefined) => Promise<string | undefined>;
  /** Cleans tombstones: since 2.5x, Prometheus fails queries that end between two deleted ranges of a chunk. */
  readonly clean: (signal: AbortSignal | undefined) => Promise<unknown>;
}

export function createPointReplacement(options: PointReplacementOptions): PointReplacement {
  const { prometheus, db, writer, whyUnsafe, clean } = options;

  async function replace(part: readonly Difference[], report: RepairReport, signal: AbortSignal | undefined) {
    const { refused } = await writer.write(part);
    addRefused(report, refused);
    // A deleted point that cannot be written again would be a hole.
    if (refused.size > 0) return;
    report.inexact += await deleteWrongPoints({ prometheus, db, signal }, part);
  }

  /** Returns how many of the points are still wrong or missing. */
  async function readBack(replaced: readonly Difference[], signal: AbortSignal | undefined): Promise<number> {
    const byPoint = new Map<string, { readonly name: string; readonly timeMs: number; expected: Difference[] }>();
    for (const { labels, points } of replaced) {
      const { __name__: name = '' } = labels;
      for (const point of points) {
        const key = `${name} ${point.timeMs}`;
        const at = byPoint.get(key) ?? { name, timeMs: point.timeMs, expected: [] };
        at.expected.push({ labels, points: [point] });
        byPoint.set(key, at);
      }
    }
    let left = 0;
    for (const { name, timeMs, expected } of byPoint.values()) {
      const selector = renderSelector(name, []);
      const actual = await queryRaw(prometheus, { selector, startMs: timeMs, endMs: timeMs, signal });
      left += pointsIn(differences(name, { expected: expected.map(seriesOf), actual }));
    }
    return left;
  }

  return {
    async run({ wrong, report, signal }) {
      const head = await tryHeadRange(prometheus, signal);
      if (head === undefined) {
        report.postponed += pointsIn(wrong);
        return;
      }
      const tooOld = pointsIn(pointsWhere(wrong, ({ timeMs }) => timeMs <= head.maxMs - replaceableMs));
      if (tooOld > 0) addRefused(report, new Map([['too_old', tooOld]]));
      report.remaining += tooOld;
      report.postponed += pointsIn(pointsWhere(wrong, ({ timeMs }) => timeMs >= head.minMs));
      const due = pointsWhere(wrong, ({ timeMs }) => timeMs < head.minMs && timeMs > head.maxMs - replaceableMs);
      if (due.length === 0) return;
      const reason = await whyUnsafe(signal);
      if (reason !== undefined) {
        report.postponed += pointsIn(due);
        report.notReplaced = reason;
        return;
      }
      try {
        for (let at = 0; at < due.length; at += seriesPerCall)
          await replace(due.slice(at, at + seriesPerCall), report, signal);
      } finally {
        await clean(signal);
      }
      // A corrected point that Prometheus compacted before the deletion is deleted too.
      await writer.write(due);
      report.remaining += await readBack(due, signal);
    },
  };
}

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
  // The whole time: since 2.5x, Prometheus fails a query that ends between two deleted ranges of a chunk.
  const range = { startMs: 0, endMs: Math.max(...wrong.flatMap(({ timesMs }) => timesMs)) + dayMs, signal };
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
