/**
 * Recomputes recorded points from raw samples and writes those that are missing or wrong. Rules are evaluated once, so
 * whatever came late, or while they did not run, is in no rollup until this ran. Idempotent; two at once do no harm.
 */
import { type Matcher, matcher, renderSelector } from '../../../common/catalogue/matcher.ts';
import type { PrometheusConnection } from '../../../common/prometheus/connection.ts';
import { PrometheusError } from '../../../common/prometheus/error.ts';
import { queryRange, queryRaw } from '../../../common/prometheus/query.ts';
import { queryLabelValues } from '../../prometheus/storage.ts';
import { firstPoint, type Grid, lastPoint } from '../grid.ts';
import type { Rollup, RollupTier } from '../rollups.ts';
import { tryTierGrid } from '../tier-grid.ts';
import { type Difference, differences } from './difference.ts';
import type { PointWriter } from './point-writer.ts';
import { addCounts, emptyReport, type RepairReport } from './repair-report.ts';
import { removeWrong } from './replace-points.ts';

/** Where raw samples came late, by their own times. */
export interface RepairWindow {
  readonly fromMs: number;
  readonly toMs: number;
  /** Absent: every host. */
  readonly host?: string | undefined;
}

export interface RepairRequest {
  readonly tier: RollupTier;
  readonly window: RepairWindow;
  /** When the last of the window's samples was stored: later points the rules write with it. Absent: long ago. */
  readonly storedMs?: number;
  /** Points that read raw samples from before are added where they are missing, and never replaced: that raw may be gone. */
  readonly intactFromMs: number;
  /** `look` only counts. */
  readonly mode: 'write' | 'look';
  readonly signal?: AbortSignal | undefined;
  /** From 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

export type RepairOutcome =
  | { readonly kind: 'done'; readonly report: RepairReport }
  /** The rules have not written a point beyond the window yet, or none at all. */
  | { readonly kind: 'later'; readonly reason: string };

export interface Repair {
  /** Throws when Prometheus does not answer; what was written until then stays and is right. */
  run(request: RepairRequest): Promise<RepairOutcome>;
}

export interface RepairOptions {
  readonly prometheus: PrometheusConnection;
  readonly writer: PointWriter;
  readonly now: () => number;
  /** Waits between queries, told how long the last took: the bound of the load. */
  readonly rest: (elapsedMs: number) => Promise<void>;
}

/** What VictoriaMetrics stored can be read after a second; Prometheus shows it at once. */
const visibleAfterMs = 1_000;
const maxReadings = 5;

/** A rule group may be evaluated late by so much. */
const settleMs = 5_000;

/** Of a series in one query; of every host's together they must fit an answer. */
const chunkPoints = { one: 1_440, all: 120 } as const;

export function createRepair({ prometheus, writer, now, rest }: RepairOptions): Repair {
  async function run(request: RepairRequest): Promise<RepairOutcome> {
    const { tier, window, storedMs, signal } = request;
    const nearMs = [window.toMs + tier.stepMs, window.toMs, window.fromMs, now()].map((timeMs) =>
      Math.min(timeMs, now()),
    );
    const grid = await tryTierGrid(prometheus, { tier, nearMs, signal });
    if (grid === undefined) return { kind: 'later', reason: `no point of ${tier.name} tells where its grid lies` };
    const startMs = firstPoint(grid, window.fromMs + tier.offsetMs - tier.stepMs);
    const affectedMs = lastAffected(tier, window, grid);
    const settledMs = lastPoint(grid, now() - tier.stepMs - settleMs);
    if (storedMs !== undefined && Math.min(affectedMs, lastPoint(grid, storedMs) + tier.stepMs) > settledMs)
      return { kind: 'later', reason: 'the rules have not written a newer point yet' };
    const endMs = Math.min(affectedMs, settledMs);
    const report = emptyReport();
    const chunks = chunksOf(grid, { startMs, endMs, host: window.host });
    for (const [index, chunk] of chunks.entries()) {
      await repairChunk(request, grid, chunk, report);
      request.onProgress?.((index + 1) / chunks.length);
    }
    return { kind: 'done', report };
  }

  async function repairChunk(request: RepairRequest, grid: Grid, chunk: Chunk, report: RepairReport): Promise<void> {
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
    if (request.mode === 'look' || all.length === 0) {
      report.remaining += pointsIn(all);
      return;
    }
    const unwritten = await write(all);
    const stubborn = unwritten.filter(({ points }) => points.some(({ kind }) => kind === 'wrong'));
    if (stubborn.length === 0) {
      report.remaining += pointsIn(unwritten);
      return;
    }
    await removeWrong(prometheus, stubborn, request.signal);
    report.remaining += pointsIn(await write(stubborn));

    /** Answers what of all that was found is still not there. */
    async function write(differences: readonly Difference[]): Promise<readonly Difference[]> {
      const { refused } = await writer.write(differences);
      for (const [reason, count] of refused) report.refused.set(reason, (report.refused.get(reason) ?? 0) + count);
      const lost = [...refused.values()].reduce((sum, count) => sum + count, 0);
      for (let attempt = 1; ; attempt += 1) {
        const left = await readBack(request, found, chunk);
        if (pointsIn(left, 'missing') <= lost || attempt === maxReadings || request.signal?.aborted) return left;
        await rest(visibleAfterMs);
      }
    }
  }

  /** Families of which there may be samples: asking for points of the others would be for nothing. */
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
      const replaceFromMs = request.intactFromMs + rollup.reachMs;
      return withoutReplacements(differences(rollup.name, { expected, actual }), replaceFromMs);
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

  /** What of the points found is still not as it should be. */
  async function readBack(
    { window, signal }: RepairRequest,
    found: readonly (readonly [Rollup, readonly Difference[]])[],
    chunk: Chunk,
  ): Promise<readonly Difference[]> {
    const left: Difference[] = [];
    for (const [{ name }, written] of found) {
      const selector = renderSelector(name, matchersOf(window));
      const actual = await queryRaw(prometheus, { ...chunk, signal, selector });
      const expected = written.map(({ labels, points }) => ({
        labels,
        points: points.map(({ timeMs, value }) => [timeMs, value] as const),
      }));
      left.push(...differences(name, { expected, actual }));
    }
    return left;
  }

  return { run };
}

function pointsIn(found: readonly Difference[], only?: 'missing'): number {
  return found.reduce(
    (sum, { points }) => sum + points.filter(({ kind }) => only === undefined || kind === only).length,
    0,
  );
}

interface Chunk {
  readonly startMs: number;
  readonly endMs: number;
}

function lastAffected(tier: RollupTier, { toMs }: RepairWindow, grid: Grid): number {
  const reachMs = Math.max(...tier.rollups.map((rollup) => rollup.reachMs));
  return lastPoint(grid, toMs + reachMs + tier.stepMs);
}

function chunksOf({ stepMs }: Grid, { startMs, endMs, host }: Chunk & { readonly host: string | undefined }): Chunk[] {
  const lengthMs = (host === undefined ? chunkPoints.all : chunkPoints.one) * stepMs;
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

function matchersOf({ host }: RepairWindow) {
  return host === undefined ? [] : [matcher('instance', host)];
}

function withoutReplacements(found: readonly Difference[], replaceFromMs: number): readonly Difference[] {
  return found
    .map((each) => ({
      ...each,
      points: each.points.filter(({ kind, timeMs }) => kind === 'missing' || timeMs >= replaceFromMs),
    }))
    .filter(({ points }) => points.length > 0);
}

/** Our bound on an answer's bytes, or Prometheus' own on samples in memory. */
function isTooLarge(error: unknown): boolean {
  return error instanceof PrometheusError && (error.fault === 'too_large' || /too many samples/.test(error.message));
}
