/**
 * Compares the points that the rules should have recorded with the points that are stored, counts the differences, and writes
 * recomputed points into recorded series by remote write, one host a request.
 */
import type { RangeSeries, SeriesLabels } from '../../../common/prometheus/query.ts';
import { createWriteRequestWriter, encodeLabels } from '../../../common/remote-write/encode.ts';
import { compressBlock } from '../../../common/remote-write/snappy.ts';
import {
  classifyResponse,
  type RefusalReason,
  type RemoteWriteClient,
  type RemoteWriteResponse,
} from '../../forward/remote-write-client.ts';

export interface Difference {
  readonly labels: SeriesLabels;
  /** The points to write, in time order. A value may be NaN. */
  readonly points: readonly DifferentPoint[];
}

export interface DifferentPoint {
  readonly timeMs: number;
  readonly value: number;
  readonly kind: 'missing' | 'wrong';
}

/** More than two evaluations of the same samples can differ by. */
const tolerance = 1e-9;

/**
 * Returns what to write so that every expected point is stored; the labels have the recorded name. A stored point that is not
 * expected is no difference: its raw samples may be deleted.
 */
export function differences(
  name: string,
  { expected, actual }: { readonly expected: readonly RangeSeries[]; readonly actual: readonly RangeSeries[] },
): readonly Difference[] {
  const stored = new Map(actual.map(({ labels, points }) => [keyOf(labels), new Map(points)]));
  return expected.flatMap(({ labels, points }) => {
    const storedPoints = stored.get(keyOf(labels));
    const different = points.flatMap(([timeMs, value]): DifferentPoint[] => {
      const storedValue = storedPoints?.get(timeMs);
      if (storedValue === undefined) return [{ timeMs, value, kind: 'missing' }];
      return isSame(storedValue, value) ? [] : [{ timeMs, value, kind: 'wrong' }];
    });
    return different.length === 0 ? [] : [{ labels: { ...labels, __name__: name }, points: different }];
  });
}

/** Relative tolerance, absolute below 1: a difference of two values has the error of its operands. */
function isSame(one: number, other: number): boolean {
  if (Object.is(one, other)) return true;
  return Math.abs(one - other) <= tolerance * Math.max(1, Math.abs(one), Math.abs(other));
}

/** Returns a key of all labels except the name, which the result of an expression lacks. */
export function keyOf(labels: SeriesLabels): string {
  const pairs = Object.entries(labels).filter(([label]) => label !== '__name__');
  return JSON.stringify(pairs.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The result of a repair, in points. */
export interface RepairReport {
  /** Recorded names compared, once for each chunk of time. */
  rollups: number;
  missing: number;
  wrong: number;
  /** Still missing or wrong after the repair; includes refused and inexact points, not the postponed ones. */
  remaining: number;
  /** Wrong points that were left alone: a later repair in mode `replace` replaces them. */
  postponed: number;
  /** Wrong points that were not deleted because no selector matches their series alone. */
  inexact: number;
  /** Why points of blocks were postponed: deleting single points is not safe with this Prometheus. */
  notReplaced?: string;
  /** Points that can never be stored, by Prometheus' reason. */
  readonly refused: Map<RefusalReason, number>;
}

export function emptyReport(): RepairReport {
  return { rollups: 0, missing: 0, wrong: 0, remaining: 0, postponed: 0, inexact: 0, refused: new Map() };
}

export function addCounts(report: RepairReport, found: readonly Difference[]): void {
  for (const { points } of found) for (const { kind } of points) report[kind] += 1;
}

/** Adds `other` to `report`. */
export function addReport(report: RepairReport, other: RepairReport): void {
  for (const count of ['rollups', 'missing', 'wrong', 'remaining', 'postponed', 'inexact'] as const)
    report[count] += other[count];
  if (other.notReplaced !== undefined) report.notReplaced = other.notReplaced;
  addRefused(report, other.refused);
}

export function addRefused({ refused }: RepairReport, more: ReadonlyMap<RefusalReason, number>): void {
  for (const [reason, count] of more) refused.set(reason, (refused.get(reason) ?? 0) + count);
}

/** Returns the points that were added or corrected. */
export function repaired({ missing, wrong, remaining, postponed }: RepairReport): number {
  return missing + wrong - remaining - postponed;
}

export function seriesOf({ labels, points }: Difference): RangeSeries {
  return { labels, points: points.map(({ timeMs, value }) => [timeMs, value] as const) };
}

export function pointsIn(found: readonly Difference[], only?: DifferentPoint['kind']): number {
  return found.reduce(
    (sum, { points }) => sum + points.filter(({ kind }) => only === undefined || kind === only).length,
    0,
  );
}

/** Returns the differences reduced to the points that `wants`, without those that have none. */
export function pointsWhere(
  found: readonly Difference[],
  wants: (point: DifferentPoint) => boolean,
): readonly Difference[] {
  return found
    .map((each) => ({ ...each, points: each.points.filter(wants) }))
    .filter(({ points }) => points.length > 0);
}

export interface WriteReport {
  /** Points that can never be stored, by Prometheus' reason. */
  readonly refused: ReadonlyMap<RefusalReason, number>;
}

export interface PointWriter {
  /** Idempotent. Throws when Prometheus accepts no samples at this time. */
  write(differences: readonly Difference[]): Promise<WriteReport>;
}

const maxPointsPerRequest = 10_000;

export function createPointWriter(client: RemoteWriteClient, now: () => number): PointWriter {
  const writer = createWriteRequestWriter();

  async function answerTo(body: Uint8Array): Promise<RemoteWriteResponse> {
    try {
      return await client.send(body);
    } catch (cause) {
      throw new Error('Prometheus accepts no recomputed points', { cause });
    }
  }

  async function send(differences: readonly Difference[]): Promise<RefusalReason | undefined> {
    for (const { labels, points } of differences) {
      const { __name__: name = '', ...rest } = labels;
      writer.add(
        encodeLabels(name, rest),
        points.map(({ timeMs }) => timeMs),
        points.map(({ value }) => value),
      );
    }
    const outcome = classifyResponse(await answerTo(compressBlock(writer.finish())), now());
    if (outcome.kind === 'ok') return undefined;
    if (outcome.kind === 'refused') return outcome.reason;
    throw new Error(`Prometheus accepts no recomputed points: ${outcome.message}`);
  }

  /** Halves a refused request until the bad points are isolated: Prometheus rolls a request back for one bad point. */
  async function sendInParts(differences: readonly Difference[], refused: Map<RefusalReason, number>): Promise<void> {
    const reason = await send(differences);
    if (reason === undefined) return;
    if (reason === 'duplicate' && differences.some(({ points }) => points.length > 1))
      return sendNewestFirst(differences, refused);
    const halves = halve(differences);
    if (halves === undefined) refused.set(reason, (refused.get(reason) ?? 0) + 1);
    else for (const half of halves) await sendInParts(half, refused);
  }

  /**
   * Sends the newest point of each series first. The stale marker of an ended series is on the grid, and Prometheus refuses to
   * replace the newest sample of a series; an older marker can be replaced.
   */
  async function sendNewestFirst(
    differences: readonly Difference[],
    refused: Map<RefusalReason, number>,
  ): Promise<void> {
    const newest = differences.map((each) => ({ ...each, points: each.points.slice(-1) }));
    const older = differences.map((each) => ({ ...each, points: each.points.slice(0, -1) }));
    for (const part of [newest, older.filter(({ points }) => points.length > 0)])
      for (const each of part) await sendHalves(each, refused);
  }

  async function sendHalves(difference: Difference, refused: Map<RefusalReason, number>): Promise<void> {
    const reason = await send([difference]);
    if (reason === undefined) return;
    const halves = halve([difference]);
    if (halves === undefined) refused.set(reason, (refused.get(reason) ?? 0) + 1);
    else for (const half of halves) for (const each of half) await sendHalves(each, refused);
  }

  return {
    async write(differences) {
      const refused = new Map<RefusalReason, number>();
      for (const request of requestsOf(differences)) await sendInParts(request, refused);
      return { refused };
    },
  };
}

/** Groups the differences into requests of one host and at most `maxPointsPerRequest` points. */
function requestsOf(differences: readonly Difference[]): readonly (readonly Difference[])[] {
  const requests: Difference[][] = [];
  const open = new Map<string, { request: Difference[]; points: number }>();
  for (const difference of differences) {
    const host = difference.labels['instance'] ?? '';
    const current = open.get(host);
    if (current !== undefined && current.points + difference.points.length <= maxPointsPerRequest) {
      current.request.push(difference);
      current.points += difference.points.length;
    } else {
      const request = [difference];
      requests.push(request);
      open.set(host, { request, points: difference.points.length });
    }
  }
  return requests;
}

/** Splits the series in two, or the points of a single series; returns undefined for a single point. */
function halve(
  differences: readonly Difference[],
): readonly [readonly Difference[], readonly Difference[]] | undefined {
  const middle = differences.length >> 1;
  if (middle > 0) return [differences.slice(0, middle), differences.slice(middle)];
  const [only] = differences;
  const half = (only?.points.length ?? 0) >> 1;
  if (only === undefined || half === 0) return undefined;
  return [[{ ...only, points: only.points.slice(0, half) }], [{ ...only, points: only.points.slice(half) }]];
}
