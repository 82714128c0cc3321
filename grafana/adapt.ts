/** Adapts the generated dashboards to a Prometheus with another scrape interval and other jobs. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Matcher } from '../common/catalogue/expression.ts';
import { renderMatcher } from '../common/catalogue/promql.ts';
import { maxPointsPerSeries } from '../common/catalogue/tier-choice.ts';
import { tierByName } from '../common/catalogue/tiers.ts';
import { packageRoot } from '../common/program/package.ts';

export interface ScrapedFleet {
  readonly intervalSeconds: number;
  /** Matches the jobs of the hosts. */
  readonly job: Matcher;
}

export interface DashboardFile {
  /** Such as `overview.json`. */
  readonly name: string;
  readonly text: string;
}

/** Reads the dashboards of this package and returns them adapted to the fleet. */
export function readDashboardsFor(fleet: ScrapedFleet): readonly DashboardFile[] {
  const folder = join(packageRoot(), 'grafana', 'dashboards');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => ({ name, text: adaptDashboard(readFileSync(join(folder, name), 'utf8'), fleet) }));
}

/** Returns the longest range of raw points in seconds, which the queries of the tier variables compare with. */
function longestRawSeconds(intervalSeconds: number): number {
  return (maxPointsPerSeries - 1) * intervalSeconds;
}

const ownIntervalSeconds = tierByName('raw').stepMs / 1_000;

/** Sentences of descriptions that are true of hostpulse's own stack only. */
const ownSentences: readonly (readonly [string, string])[] = [
  ['the highest five seconds of each recorded step', 'the highest value of each recorded step'],
  [' HostDown fires after a minute. "hostpulse hosts forget HOST" removes a host that will not return.', ''],
  [
    'Whether Prometheus or the gateway receives samples of the host.',
    'Whether Prometheus receives samples of the host.',
  ],
  ['Hosts that send samples, by scrape or push.', 'Hosts whose last scrape succeeded.'],
];

/**
 * Returns the JSON with `up` of the fleet's jobs, with the longest range of raw points at its interval, and with its interval as
 * the smallest step of raw targets, from which Grafana derives `$__rate_interval`. "All" selects the jobs of the fleet only.
 */
export function adaptDashboard(text: string, { intervalSeconds, job }: ScrapedFleet): string {
  const replacements: readonly (readonly [string, string])[] = [
    ['job="node"', renderMatcher(job)],
    [`<= ${longestRawSeconds(ownIntervalSeconds)} `, `<= ${longestRawSeconds(intervalSeconds)} `],
    [`> ${longestRawSeconds(ownIntervalSeconds)} `, `> ${longestRawSeconds(intervalSeconds)} `],
    ...ownSentences,
  ];
  const adapt = (key: string, value: unknown): unknown => {
    if (typeof value === 'string')
      return replacements.reduce((all, [from, to]) => all.replaceAll(from, () => to), value);
    if (isNamed(value, 'refId', /^[A-Z]+_raw$/)) return { ...value, interval: `${intervalSeconds}s` };
    if (isNamed(value, 'name', /^job$/)) return { ...value, allValue: job.value };
    if (key === '') return { ...(value as object), refresh: `${Math.max(10, intervalSeconds)}s` };
    return value;
  };
  return `${JSON.stringify(JSON.parse(text), adapt, 2)}\n`;
}

function isNamed(value: unknown, key: string, pattern: RegExp): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const name = (value as Readonly<Record<string, unknown>>)[key];
  return typeof name === 'string' && pattern.test(name);
}
