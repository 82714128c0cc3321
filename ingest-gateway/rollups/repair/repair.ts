/**
 * Recomputes recorded points from raw samples and writes the points that are missing or wrong. Prometheus evaluates a rule once:
 * samples that arrive later, or while no rule is evaluated, are in no rollup until a repair. Idempotent, also when two
 * repairs run at once.
 */
import { type Matcher } from '../../../common/catalogue/expression.ts';
import { anyOf, renderSelector } from '../../../common/catalogue/promql.ts';
import type { PrometheusConnection } from '../../../common/prometheus/connection.ts';
import { PrometheusError } from '../../../common/prometheus/error.ts';
import { queryLabelValues, queryRange, queryRaw } from '../../../common/prometheus/query.ts';
import { firstPoint, type Grid, lastPoint, type Rollup, type RollupTier, tryTierGrid } from '../tier/rollup-tier.ts';
import {
  addCounts,
  addRefused,
  type Difference,
  differences,
  emptyReport,
  type PointWriter,
  pointsIn,
  pointsWhere,
  type RepairReport,
  seriesOf,
} from './recomputed-points.ts';
import type { PointReplacement } from './replace-points.ts';

/** The range of the late raw samples, by their timestamps. */
export interface RepairWindow {
  readonly fromMs: number;
  readonly toMs: number;
  /** Absent: every host. */
  readonly hosts?: readonly [string, ...string[]] | undefined;
}

export interface RepairRequest {
  readonly tier: RollupTier;
  readonly window: RepairWindow;
  /** When the last sample of the window was stored; the rules include it in later points. Absent: long ago. */
  readonly storedMs?: number;
  /** From `readRawHorizon`: points that read older raw samples are added where missing and never replaced. */
  readonly rawHorizonMs: number;
  /** `look` only counts; `add` writes missing points; `replace` also replaces wrong points that are out of Prometheus' head. */
  readonly mode: 'look' | 'add' | 'replace';
  readonly signal?: AbortSignal | undefined;
  /** Called with the completed share, from 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

export type RepairOutcome =
  | { readonly kind: 'done'; readonly report: RepairReport }
  /** The rules have recorded no point after the window yet, or no point at all. */
  | { readonly kind: 'later'; readonly reason: string };

export interface Repair {
  /** Throws a `PrometheusError`, or a `LeaseTaken` while tombstones are being cleaned; points written before that are correct. */
  run(request: RepairRequest): Promise<RepairOutcome>;
}

export interface RepairOptions {
  readonly prometheus: PrometheusConnection;
  readonly writer: PointWriter;
  readonly replacement: PointReplacement;
  readonly now: () => number;
  /** Pauses between queries, to bound the load; gets the duration of the last query. */
  readonly rest: (elapsedMs: number) => Promise<void>;
}

/** VictoriaMetrics returns written samples after a second, Prometheus at once. */
const visibleAfterMs = 1_000;
const maxReadings = 5;

/** The most that a rule group's evaluation may be late. */
const settleMs = 5_000;

/**
 * The largest number of points that a query returns for each series. A query for several hosts returns more series, so that fewer points
 * of each fit into Prometheus' answer.
 */
const chunkPoints = { one: 1_440, several: 120 } as const;

export function createRepair({ prometheus, writer, replacement, now, rest }: RepairOptions): Repair {
  async function run(request: RepairRequest): Promise<RepairOutcome> {
    const { tier, window, storedMs, signal } = request;
    const nearMs = [window.toMs + tier.stepMs, window.toMs, window.fromMs, now()].map((timeMs) =>
      Math.min(timeMs, now()),
    );
    const grid = await tryTierGrid(prometheus, { tier, nearMs, signal });
    if (grid === undefined) return { kind: 'later', reason: `no recorded point of ${tier.name} near the window` };
    const startMs = firstPoint(grid, window.fromMs + tier.offsetMs - tier.stepMs);
    const affectedMs = lastAffected(tier, window, grid);
    const settledMs = lastPoint(grid, now() - tier.stepMs - settleMs);
    if (storedMs !== undefined && Math.min(affectedMs, lastPoint(grid, storedMs) + tier.stepMs) > settledMs)
      return { kind: 'later', reason: 'the rules have not written a newer point yet' };
    const endMs = Math.min(affectedMs, settledMs);
    const report = emptyReport();
    const chunks = chunksOf(grid, { startMs, endMs, hosts: window.hosts });
    const wrong: Difference[] = [];
    for (const [index, chunk] of chunks.entries()) {
      wrong.push(...(await repairChunk(request, grid, chunk, report)));
      request.onProgress?.((index + 1) / chunks.length);
    }
    if (request.mode === 'replace' && wrong.length > 0) await replacement.run({ wrong, report, signal });
    else report.postponed += pointsIn(wrong);
    return { kind: 'done', report };
  }

  /** Writes the missing points of the chunk and returns the wrong ones. */
  async function repairChunk(
    request: RepairRequest,
    grid: Grid,
    chunk: Chunk,
    report: RepairReport,
  ): Promise<readonly Difference[]> {
    const found: (readonly [Rollup, readonly Difference[]])[] = [];
    const names = await namesIn(request, chunk);
    for (const rollup of request.tier.rollups) {
      report.rollups += 1;
      if (!rollup.families.some((family) => names.has(family))) continue;
      const different = await compare({ request, rollup, stepMs: grid.stepMs, chunk });
      if (different.length > 0) found.push([rollup, different]);
    }
    const all = found.flatMap(([, different]) => different);
    addCounts(report, all);
    const wrong = pointsWhere(all, ({ kind }) => kind === 'wrong');
    const missing = pointsWhere(all, ({ kind }) => kind === 'missing');
    if (request.mode === 'look') report.remaining += pointsIn(missing);
    else if (missing.length > 0) report.remaining += await addMissing(missing);
    return wrong;

    /** Returns how many of the points are still missing. */
    async function addMissing(differences: readonly Difference[]): Promise<number> {
      const { refused } = await writer.write(differences);
      addRefused(report, refused);
      const lost = [...refused.values()].reduce((sum, count) => sum + count, 0);
      for (let attempt = 1; ; attempt += 1) {
        const left = await readBack(request, found, chunk);
        if (left <= lost || attempt === maxReadings || request.signal?.aborted) return left;
        await rest(visibleAfterMs);
      }
    }
  }

  /** Returns the raw families that may have samples in the chunk; rollups of other families need no query. */
  async function namesIn({ tier, window, signal }: RepairRequest, chunk: Chunk): Promise<ReadonlySet<string>> {
    const reachMs = Math.max(...tier.rollups.map((rollup) => rollup.reachMs));
    const families = [...new Set(tier.rollups.flatMap((rollup) => rollup.families))];
    const named: Matcher = { label: '__name__', operator: '=~', value: families.join('|') };
    const selector = renderSelector('', [named, ...matchersOf(window)]);
    const range = { selector, startMs: chunk.startMs - reachMs, endMs: chunk.endMs, signal };
    return new Set(await queryLabelValues(prometheus, { label: '__name__', ...range }));
  }

  interface Comparison {
    readonly request: RepairRequest;
    readonly rollup: Rollup;
    readonly stepMs: number;
    readonly chunk: Chunk;
  }

  async function compare(comparison: Comparison): Promise<readonly Difference[]> {
    const { request, rollup, stepMs, chunk } = comparison;
    const matchers = matchersOf(request.window);
    const beganMs = performance.now();
    try {
      const range = { ...chunk, signal: request.signal };
      const expression = rollup.expression(matchers);
      const expected = await queryRange(prometheus, { ...range, expression, stepMs, caches: 'bypass' });
      const selector = renderSelector(rollup.name, matchers);
      const actual = expected.length === 0 ? [] : await queryRaw(prometheus, { ...range, selector });
      const replaceFromMs = request.rawHorizonMs + rollup.reachMs;
      const found = differences(rollup.name, { expected, actual });
      return pointsWhere(found, ({ kind, timeMs }) => kind === 'missing' || timeMs >= replaceFromMs);
    } catch (error) {
      const halves = isTooLarge(error) ? halve(chunk, stepMs) : undefined;
      if (halves === undefined) throw error;
      const parts: Difference[] = [];
      for (const half of halves) parts.push(...(await compare({ ...comparison, chunk: half })));
      return parts;
    } finally {
      await rest(performance.now() - beganMs);
    }
  }

  /** Returns how many of the missing points of `found` are still missing. */
  async function readBack(
    { window, signal }: RepairRequest,
    found: readonly (readonly [Rollup, readonly Difference[]])[],
    chunk: Chunk,
  ): Promise<number> {
    let left = 0;
    for (const [{ name }, written] of found) {
      const selector = renderSelector(name, matchersOf(window));
      const actual = await queryRaw(prometheus, { ...chunk, signal, selector });
      left += pointsIn(differences(name, { expected: written.map(seriesOf), actual }), 'missing');
    }
    return left;
  }

  return { run };
}

interface Chunk {
  readonly startMs: number;
  readonly endMs: number;
}

function lastAffected(tier: RollupTier, { toMs }: RepairWindow, grid: Grid): number {
  const reachMs = Math.max(...tier.rollups.map((rollup) => rollup.reachMs));
  return lastPoint(grid, toMs + reachMs + tier.stepMs);
}

function chunksOf({ stepMs }: Grid, { startMs, endMs, hosts }: Chunk & Pick<RepairWindow, 'hosts'>): Chunk[] {
  const lengthMs = (hosts?.length === 1 ? chunkPoints.one : chunkPoints.several) * stepMs;
  const chunks: Chunk[] = [];
  for (let fromMs = startMs; fromMs <= endMs; fromMs += lengthMs)
    chunks.push({ startMs: fromMs, endMs: Math.min(endMs, fromMs + lengthMs - stepMs) });
  return chunks;
}

function halve({ startMs, endMs }: Chunk, stepMs: number): readonly [Chunk, Chunk] | undefined {
  const steps = Math.floor((endMs - startMs) / stepMs);
  if (steps === 0) return undefined;
  const middleMs = startMs + (steps >> 1) * stepMs;
  return [
    { startMs, endMs: middleMs },
    { startMs: middleMs + stepMs, endMs },
  ];
}

function matchersOf({ hosts }: RepairWindow): readonly Matcher[] {
  return hosts === undefined ? [] : [anyOf('instance', hosts)];
}

/** The connection's limit on the bytes of an answer, or Prometheus' limit on samples in memory. */
function isTooLarge(error: unknown): boolean {
  return error instanceof PrometheusError && (error.fault === 'too_large' || /too many samples/.test(error.message));
}
