/** Runs one collector: isolates its faults, bounds its time, times it, and logs a fault once, not once a scrape. */

import { type Log, messageOf } from '../../common/program/log.ts';
import type { EnabledCollector } from '../enabled-collectors.ts';
import type { Family } from '../exposition/family.ts';
import { late, type TimeLimit } from './time-limit.ts';

/** What one run came to. */
export interface CollectorOutcome {
  readonly name: string;
  /** False too where the host has no such data: node_exporter says so in the same way. */
  readonly isSuccess: boolean;
  readonly seconds: number;
  readonly families: readonly Family[];
}

export interface CollectorRun {
  readonly name: string;
  /** Never rejects. */
  start(limit: TimeLimit): Promise<CollectorOutcome>;
}

/**
 * Guarantees that a collector's reader is never called while an earlier call has not settled: overlapping scrapes share
 * the call in flight, and one that outlived its limit fails each scrape at once until it settles.
 */
export function createCollectorRun({ name, read }: EnabledCollector, log: Log): CollectorRun {
  let inFlight: Promise<readonly Family[]> | undefined;
  let isOverdue = false;
  let lastFault: string | undefined;

  async function start(limit: TimeLimit): Promise<CollectorOutcome> {
    const startedMs = performance.now();
    if (isOverdue) return failed(new Error('still busy with an earlier scrape'), startedMs);
    try {
      const answer = inFlight ?? read(limit.signal);
      return succeeded(answer instanceof Promise ? await within(limit, answer) : answer, startedMs);
    } catch (error) {
      return failed(error, startedMs);
    }
  }

  async function within(limit: TimeLimit, answer: Promise<readonly Family[]>): Promise<readonly Family[]> {
    inFlight ??= answer.finally(() => {
      inFlight = undefined;
      isOverdue = false;
    });
    const first = await Promise.race([inFlight, limit.expired()]);
    if (first !== late) return first;
    isOverdue = inFlight !== undefined;
    throw new Error(`no answer within ${limit.limitMs} ms`);
  }

  function succeeded(families: readonly Family[], startedMs: number): CollectorOutcome {
    const seconds = secondsSince(startedMs);
    if (lastFault !== undefined) log.info('collector works again', { collector: name });
    lastFault = undefined;
    return { name, isSuccess: families.length > 0, seconds, families };
  }

  function failed(error: unknown, startedMs: number): CollectorOutcome {
    const seconds = secondsSince(startedMs);
    // A fault that comes and goes between two words (late, then busy) is one fault to an operator.
    if (lastFault === undefined) {
      log.error('collector failed; its series are absent until it works again', { collector: name, error });
    }
    lastFault = messageOf(error);
    return { name, isSuccess: false, seconds, families: [] };
  }

  return { name, start };
}

function secondsSince(startedMs: number): number {
  return (performance.now() - startedMs) / 1_000;
}
