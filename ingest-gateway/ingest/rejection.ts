/** Samples that were not taken: why, how many, and the first of them by name. */

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

/** One that was not taken. `path` leads to it in the body: `metrics[3].tags.instance`. */
export interface RejectedSample {
  readonly index: number;
  readonly path: string;
  readonly reason: RejectReason;
  readonly message: string;
}

export interface Rejections {
  add(rejected: RejectedSample, samples?: number): void;
  /** Samples, by reason. */
  readonly byReason: ReadonlyMap<RejectReason, number>;
  /** The first hundred. */
  readonly first: readonly RejectedSample[];
  total(): number;
}

/** An answer must not be larger than the push. */
const maxNamed = 100;

export function createRejections(): Rejections {
  const byReason = new Map<RejectReason, number>();
  const first: RejectedSample[] = [];
  return {
    byReason,
    first,
    add(rejected, samples = 1) {
      byReason.set(rejected.reason, (byReason.get(rejected.reason) ?? 0) + samples);
      if (first.length < maxNamed) first.push(rejected);
    },
    total: () => [...byReason.values()].reduce((sum, count) => sum + count, 0),
  };
}
