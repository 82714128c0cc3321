/** Describes the hosts that rules are generated for: their jobs and the interval of their samples. */
import { type Matcher } from '../common/catalogue/expression.ts';
import { matcher, sampleIntervalSeconds } from '../common/catalogue/promql.ts';

export interface Fleet {
  /** Matches `up` of the hosts. */
  readonly up: Matcher;
  /** Restricts every other selector. */
  readonly matchers: readonly Matcher[];
  /** The interval at which the hosts are scraped or push. */
  readonly intervalSeconds: number;
}

/** Hosts of hostpulse's own stack. Only hosts have the families of the catalogue there, so they need no matcher. */
export const ownFleet: Fleet = { up: matcher('job', 'node'), matchers: [], intervalSeconds: sampleIntervalSeconds };

/** Returns the hosts whose job matches the regular expression (RE2, anchored), scraped at the interval. */
export function fleetOf(jobPattern: string, intervalSeconds: number): Fleet {
  const job: Matcher = { label: 'job', operator: '=~', value: jobPattern };
  return { up: job, matchers: [job], intervalSeconds };
}

/** Returns the `for` of an alert: at least three scrapes, so that a single failed scrape or a single extreme value fires nothing. */
export function holdSeconds(seconds: number, { intervalSeconds }: Fleet): number {
  return Math.max(seconds, 3 * intervalSeconds);
}

/** Returns the `for` of an alert in Prometheus' form. */
export function renderHold(seconds: number, fleet: Fleet): string {
  return renderDuration(holdSeconds(seconds, fleet));
}

/** Returns the interval at which alerts about raw samples are evaluated: 15 s, or the scrape interval if that is longer. */
export function alertIntervalSeconds({ intervalSeconds }: Fleet): number {
  return Math.max(15, intervalSeconds);
}

/** Returns a duration in Prometheus' form, in whole minutes where possible: `90s`, `2m`. */
export function renderDuration(seconds: number): string {
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}
