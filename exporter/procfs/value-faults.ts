/**
 * Reports the partial errors of a collector: values that cannot be read or parsed. Such a value has no sample and is counted in
 * `hostpulse_collector_partial_errors_total`. The other values of the collector are exposed.
 */
import { type Log, messageOf } from '../../common/program/log.ts';

export interface ValueFaults {
  /** Counts a value that has no sample. Logs the first fault of each place: a path, or a path and a row. */
  report(place: string, error: unknown): void;
  /** Returns the value of `read`. When `read` throws, reports the error and returns undefined. */
  attempt<Value>(place: string, read: () => Value): Value | undefined;
  /** Counts a fault that the collector logs itself. */
  tally(): void;
  /** Returns the number of faults since the start. */
  count(): number;
}

/** Throws each fault, for rows that are valid as a whole or not at all. */
export const strictFaults: ValueFaults = {
  report(_place, error) {
    throw error;
  },
  attempt: (_place, read) => read(),
  tally: () => undefined,
  count: () => 0,
};

/** Bounds the memory of a host whose devices come and go under new names. */
const maxPlaces = 1_000;

export function createValueFaults(log: Log): ValueFaults {
  const logged = new Set<string>();
  let count = 0;

  function report(place: string, error: unknown): void {
    count += 1;
    if (logged.has(place) || logged.size >= maxPlaces) return;
    logged.add(place);
    log.warn('value omitted; the other values of the collector are collected', { place, reason: messageOf(error) });
  }

  return {
    report,
    attempt(place, read) {
      try {
        return read();
      } catch (error) {
        report(place, error);
        return undefined;
      }
    },
    tally() {
      count += 1;
    },
    count: () => count,
  };
}
