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
  'reserved',
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

export interface RejectionData {
  /** Number of samples by reason. */
  readonly byReason: ReadonlyMap<RejectReason, number>;
  /** The first hundred rejected samples. */
  readonly first: readonly RejectedSample[];
  /** The first rejected sample of each reason. */
  readonly examples: ReadonlyMap<RejectReason, RejectedSample>;
}

export interface Rejections extends RejectionData {
  add(rejected: RejectedSample, samples?: number): void;
  total(): number;
}

/** Keeps the response smaller than the push. */
const maxDetailed = 100;

/** Begins with the rejections of `data`. */
export function createRejections(data?: RejectionData): Rejections {
  const byReason = new Map<RejectReason, number>(data?.byReason);
  const examples = new Map<RejectReason, RejectedSample>(data?.examples);
  const first: RejectedSample[] = [...(data?.first ?? [])];
  return {
    byReason,
    examples,
    first,
    add(rejected, samples = 1) {
      byReason.set(rejected.reason, (byReason.get(rejected.reason) ?? 0) + samples);
      if (!examples.has(rejected.reason)) examples.set(rejected.reason, rejected);
      if (first.length < maxDetailed) first.push(rejected);
    },
    total: () => [...byReason.values()].reduce((sum, count) => sum + count, 0),
  };
}

/** Returns the first example of each reason, with the number of the others. */
export function examplesOf({
  byReason,
  examples,
}: Rejections): readonly { readonly path: string; readonly message: string }[] {
  return [...examples].map(([reason, { path, message }]) => {
    const others = (byReason.get(reason) ?? 1) - 1;
    return { path, message: others <= 0 ? message : `${message} (and ${others} more: ${reason})` };
  });
}

/** Returns the examples in one line. */
export function summarize(rejections: Rejections): string {
  return examplesOf(rejections)
    .map(({ path, message }) => `${path}: ${message}`)
    .join('; ');
}
