/**
 * Which sample sets the next request carries. Oldest first; where the receiver stores late samples and more waits than one
 * request takes, the newest sets ride in every request on top of the backlog, so that a drain delays nothing that is fresh.
 */
import type { IdRange, SampleBuffer, SampleSet } from './buffer/sample-buffer.ts';

export interface Batch {
  /** Ascending. */
  readonly sets: readonly SampleSet[];
  /** What to acknowledge once a receiver has it. */
  readonly ranges: readonly IdRange[];
}

export interface BatchPlanOptions {
  readonly buffer: SampleBuffer;
  readonly maxSamples: number;
  readonly mayOvertake: boolean;
}

export interface BatchPlan {
  /** Undefined when nothing waits. Consumes nothing: without `sent` or `refused` the next call answers the like again. */
  next(): Batch | undefined;
  /** The receiver has the batch. */
  sent(batch: Batch): void;
  /** The batch is to be sent again. Until one is taken, batches are short: large ones would be made for nothing. */
  failed(): void;
  /**
   * The receiver will never take the batch. The next one is half as long, until the set at fault is alone: that one is
   * set aside. Answers how many samples were.
   */
  refused(batch: Batch, reason: string): number;
}

/** Refusals of single sets in a row after which all that waits is likely to be at fault, and is refused in larger batches. */
const singleRefusals = 8;
/** Where the fault ends somewhere in such a batch, what is behind it is set aside too: not more than this. */
const largestRefusal = 32;

/** A minute of sets: enough to see whether a receiver is back. */
const probeSets = 12;

const noLimit = Number.POSITIVE_INFINITY;

export function createBatchPlan({ buffer, maxSamples, mayOvertake }: BatchPlanOptions): BatchPlan {
  /** The newest set that was sent ahead of the backlog; undefined while there is no backlog. */
  let overtakenUpTo: number | undefined;
  let maxSets = noLimit;
  let refusalsInRow = 0;
  let isProbing = false;

  function next(): Batch | undefined {
    const everything = { from: 0, to: buffer.last().id };
    const limit = isProbing ? Math.min(maxSets, probeSets) : maxSets;
    const oldest = buffer.peek(everything, { maxSamples, maxSets: limit });
    const end = oldest.at(-1)?.id;
    if (end === undefined) return undefined;
    if (limit === noLimit && mayOvertake && end < everything.to) return overtaking(oldest, everything.to);
    if (end === everything.to) overtakenUpTo = undefined;
    return batchOf([oldest]);
  }

  function overtaking(oldest: readonly SampleSet[], lastId: number): Batch {
    const fresh = freshSets(lastId);
    const first = fresh[0]?.id ?? lastId + 1;
    let room = maxSamples - countOf(fresh);
    const backlog: SampleSet[] = [];
    for (const set of oldest) {
      room -= set.sampleCount;
      if (set.id >= first || (room < 0 && backlog.length > 0)) break;
      backlog.push(set);
    }
    return batchOf([backlog, fresh]);
  }

  /** All since the last that was sent ahead; if that is half a request, they are backlog too, and only the newest is fresh. */
  function freshSets(lastId: number): readonly SampleSet[] {
    const from = overtakenUpTo === undefined ? lastId : overtakenUpTo + 1;
    const fresh = buffer.peek({ from, to: lastId }, { maxSamples });
    if (countOf(fresh) <= maxSamples / 2) return fresh;
    overtakenUpTo = undefined;
    return fresh.slice(-1);
  }

  function sent({ sets, ranges }: Batch): void {
    for (const range of ranges) buffer.acknowledge(range);
    if (ranges.length > 1) overtakenUpTo = sets.at(-1)?.id;
    refusalsInRow = 0;
    isProbing = false;
    maxSets = maxSets >= 256 ? noLimit : maxSets * 2;
  }

  function refused({ sets, ranges }: Batch, reason: string): number {
    isProbing = false;
    if (sets.length > refusable()) {
      maxSets = Math.floor(sets.length / 2);
      return 0;
    }
    for (const range of ranges) buffer.setAside(range, reason);
    refusalsInRow++;
    maxSets = refusable();
    return countOf(sets);
  }

  /** How many sets may be refused at once. */
  function refusable(): number {
    if (refusalsInRow < singleRefusals) return 1;
    return Math.min(largestRefusal, 2 ** (refusalsInRow - singleRefusals + 1));
  }

  return {
    next,
    sent,
    refused,
    failed() {
      isProbing = true;
    },
  };
}

function batchOf(lanes: readonly (readonly SampleSet[])[]): Batch {
  const filled = lanes.filter((lane) => lane.length > 0);
  return {
    sets: filled.flat(),
    ranges: filled.map((lane) => ({ from: (lane[0] as SampleSet).id, to: (lane.at(-1) as SampleSet).id })),
  };
}

function countOf(sets: readonly SampleSet[]): number {
  return sets.reduce((count, { sampleCount }) => count + sampleCount, 0);
}
