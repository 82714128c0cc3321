/**
 * Plans which sample sets the next request carries: the oldest first. When the receiver accepts samples out of order and the
 * backlog exceeds one request, every request also carries the newest sets, so that draining a backlog does not delay them.
 */
import type { IdRange, SampleBuffer, SampleSet } from './buffer/sample-buffer.ts';

export interface Batch {
  /** Ascending. */
  readonly sets: readonly SampleSet[];
  /** The ids to acknowledge after the receiver accepted the batch. */
  readonly ranges: readonly IdRange[];
}

export interface BatchPlanOptions {
  readonly buffer: SampleBuffer;
  readonly maxSamples: number;
  readonly mayOvertake: boolean;
}

export interface BatchPlan {
  /** Returns the next batch, or undefined when the buffer is empty. Until `sent` or `refused` is called, every call returns the same sets. */
  next(): Batch | undefined;
  /** The receiver accepted the batch. */
  sent(batch: Batch): void;
  /** The request failed. Batches are short until a request succeeds, because encoding a large batch costs CPU time. */
  failed(): void;
  /**
   * The receiver refuses the batch permanently. The next batch is half as long. A refused batch of one set is set aside.
   * Returns the number of samples set aside.
   */
  refused(batch: Batch, reason: string): number;
}

/** Number of consecutive refusals of single sets after which refused batches of several sets are set aside, because the receiver probably refuses the whole backlog. */
const singleRefusals = 8;
/** Maximum number of sets in a batch that is set aside. Valid sets in the batch are lost. */
const largestRefusal = 32;

/** Sets of a batch after a failure: a minute at 5 s. */
const probeSets = 12;

const noLimit = Number.POSITIVE_INFINITY;

export function createBatchPlan({ buffer, maxSamples, mayOvertake }: BatchPlanOptions): BatchPlan {
  /** The newest set sent ahead of the backlog; undefined without a backlog. */
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

  /** The sets after the last one sent ahead. When they fill half a request they count as backlog, except the newest. */
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

  /** The number of sets that may be set aside at once. */
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
