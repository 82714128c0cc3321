/** Collects the rejected samples of one push: counts by reason, and the first of them in detail. */

export const rejectReasons = [
  'malformed',
  'name',
  'label',
  'unit',
  'too_old',
  'too_new',
  'duplicate',
  'order',
  'histogram',
  'limit',
  'temporality',
  'scraped',
] as const;
export type RejectReason = (typeof rejectReasons)[number];

export interface RejectedSample {
  readonly index: number;
  /** Path to the fault in the body, such as `metrics[3].tags.instance`. */
  readonly path: string;
  readonly reason: RejectReason;
  readonly message: string;
}

export interface Rejections {
  add(rejected: RejectedSample, samples?: number): void;
  /** Number of samples by reason. */
  readonly byReason: ReadonlyMap<RejectReason, number>;
  /** The first hundred rejected samples. */
  readonly first: readonly RejectedSample[];
  total(): number;
}

/** Keeps the response smaller than the push. */
const maxDetailed = 100;

export function createRejections(): Rejections {
  const byReason = new Map<RejectReason, number>();
  const first: RejectedSample[] = [];
  return {
    byReason,
    first,
    add(rejected, samples = 1) {
      byReason.set(rejected.reason, (byReason.get(rejected.reason) ?? 0) + samples);
      if (first.length < maxDetailed) first.push(rejected);
    },
    total: () => [...byReason.values()].reduce((sum, count) => sum + count, 0),
  };
}
