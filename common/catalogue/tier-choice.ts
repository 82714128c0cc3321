/** Chooses the tier, the step and the number of requests for a range query. */
import { type Tier, type TierName, tierByName, tiers } from './tiers.ts';

/** Prometheus' limit for one range query. Source: https://prometheus.io/docs/prometheus/latest/querying/api/#range-queries */
export const maxPointsPerSeries = 11_000;

/** The maximum number of range queries for a requested finer tier. A request that needs more is refused. */
export const maxChunks = 10;

export interface TierQuestion {
  readonly startMs: number;
  readonly endMs: number;
  readonly nowMs: number;
  /** Default: the step of the tier. A step below the step of the tier is raised to it. */
  readonly stepMs?: number;
  /** Default: the finest tier that covers the start and fits. */
  readonly requested?: TierName;
  /** Retention of tiers that differs from the default. */
  readonly keptMs?: Partial<Readonly<Record<TierName, number>>> | undefined;
}

export interface TimeRange {
  readonly startMs: number;
  readonly endMs: number;
}

export type TierChoice =
  | {
      readonly ok: true;
      readonly tier: Tier;
      readonly stepMs: number;
      /** In time order, without overlap, ends inclusive. On multiples of the step, so that a repeated request returns the same points. */
      readonly chunks: readonly [TimeRange, ...TimeRange[]];
    }
  | {
      readonly ok: false;
      readonly reason: 'beyond retention';
      readonly oldestStartMs: number;
      readonly message: string;
    }
  | {
      readonly ok: false;
      readonly reason: 'too many points';
      readonly smallestStepMs: number;
      readonly message: string;
    };

/** Throws a RangeError when the end is before the start or the step is not a positive number. */
export function chooseTier(question: TierQuestion): TierChoice {
  check(question);
  return question.requested === undefined ? chooseFinest(question) : serveRequested(question, question.requested);
}

/**
 * Returns the finest tier whose retention covers the start and whose points fit one range query. The coarsest tier answers
 * all other questions: with a larger step when its points do not fit, and without points before its retention.
 */
function chooseFinest(question: TierQuestion): TierChoice {
  const fitting = tiers.find(
    (tier) => covers(tier, question) && pointsIn(question, stepFor(tier, question)) <= maxPointsPerSeries,
  );
  const tier = fitting ?? tiers[2];
  const stepMs = Math.max(stepFor(tier, question), smallestStepMs(tier, question, 1));
  return { ok: true, tier, stepMs, chunks: chunksOf(question, stepMs) };
}

function serveRequested(question: TierQuestion, requested: TierName): TierChoice {
  const tier = tierByName(requested);
  if (!covers(tier, question) && tier !== tiers[2]) {
    const oldestStartMs = question.nowMs - keptMs(tier, question);
    const message = `start: expected at or after ${new Date(oldestStartMs).toISOString()}, because resolution ${requested} is kept ${keptMs(tier, question) / 3_600_000} h, got ${new Date(question.startMs).toISOString()}`;
    return { ok: false, reason: 'beyond retention', oldestStartMs, message };
  }
  const stepMs = stepFor(tier, question);
  if (pointsIn(question, stepMs) > maxPointsPerSeries * maxChunks) {
    const smallest = smallestStepMs(tier, question, maxChunks);
    const message = `step: expected at least ${smallest / 1000} s for resolution ${requested} over this range (${maxPointsPerSeries * maxChunks} points a series), got ${stepMs / 1000} s`;
    return { ok: false, reason: 'too many points', smallestStepMs: smallest, message };
  }
  return { ok: true, tier, stepMs, chunks: chunksOf(question, stepMs) };
}

function covers(tier: Tier, question: TierQuestion): boolean {
  return question.startMs >= question.nowMs - keptMs(tier, question);
}

function keptMs({ name, retentionMs }: Tier, question: TierQuestion): number {
  return question.keptMs?.[name] ?? retentionMs;
}

function stepFor(tier: Tier, { stepMs = tier.stepMs }: TierQuestion): number {
  return Math.max(stepMs, tier.stepMs);
}

/** Returns the number of multiples of the step from the one at or before the start to the one at or before the end. */
function pointsIn({ startMs, endMs }: TimeRange, stepMs: number): number {
  return Math.floor(endMs / stepMs) - Math.floor(startMs / stepMs) + 1;
}

/** Returns the smallest multiple of the tier's step whose points fit the given number of range queries. */
function smallestStepMs(tier: Tier, range: TimeRange, chunks: number): number {
  const limit = maxPointsPerSeries * chunks;
  let stepMs = tier.stepMs * Math.max(1, Math.floor((range.endMs - range.startMs) / limit / tier.stepMs));
  while (pointsIn(range, stepMs) > limit) stepMs += tier.stepMs;
  return stepMs;
}

function chunksOf(range: TimeRange, stepMs: number): readonly [TimeRange, ...TimeRange[]] {
  const endMs = Math.floor(range.endMs / stepMs) * stepMs;
  const chunk = (startMs: number): TimeRange => ({
    startMs,
    endMs: Math.min(endMs, startMs + (maxPointsPerSeries - 1) * stepMs),
  });
  const chunks: [TimeRange, ...TimeRange[]] = [chunk(Math.floor(range.startMs / stepMs) * stepMs)];
  for (let last = chunks[0]; last.endMs < endMs; ) {
    last = chunk(last.endMs + stepMs);
    chunks.push(last);
  }
  return chunks;
}

function check({ startMs, endMs, stepMs }: TierQuestion): void {
  if (!(endMs >= startMs)) throw new RangeError(`end: expected at or after the start ${startMs}, got ${endMs}`);
  if (stepMs !== undefined && !(stepMs > 0 && Number.isFinite(stepMs))) {
    throw new RangeError(`step: expected a positive number of milliseconds, got ${stepMs}`);
  }
}
