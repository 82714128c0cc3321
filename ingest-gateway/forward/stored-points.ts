/**
 * Compares an out-of-order batch with the samples that Prometheus has. Within its out-of-order window, Prometheus would
 * replace a stored value by another one; the value that was accepted first must stay.
 */
import { anyOf, matcher, renderSelector } from '../../common/catalogue/promql.ts';
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import { queryRaw } from '../../common/prometheus/query.ts';
import type { ReadSample, ReadSeries } from '../remote-write/read.ts';
import { readSeries, writeRequest } from './split-request.ts';

export interface Remainder {
  /** Request of the samples that Prometheus does not have; undefined when it has all of them. */
  readonly body: Uint8Array | undefined;
  /** Samples left out because Prometheus has another value at their time. */
  readonly conflicts: number;
}

/** Sample times closer than this are queried together, in a window of at most `maxWindowMs`. */
const maxGapMs = 60_000;
const maxWindowMs = 30 * 60_000;

/** Returns the batch without the samples that Prometheus has. Throws a `PrometheusError`. */
export async function withoutStored(
  prometheus: PrometheusConnection,
  { host, body }: { readonly host: string; readonly body: Uint8Array },
): Promise<Remainder> {
  const series = readSeries(body);
  const stored = await readStored(prometheus, selectorsOf(host, series), windowsOf(series));
  let conflicts = 0;
  const remaining: ReadSeries[] = [];
  for (const { labels, samples } of series) {
    const values = stored.get(keyOf(labels));
    const isMissing = ({ timestampMs, value }: ReadSample): boolean => {
      const storedValue = values?.get(timestampMs);
      if (storedValue === undefined) return true;
      if (!Object.is(storedValue, value)) conflicts += 1;
      return false;
    };
    const missing = samples.filter(isMissing);
    if (missing.length > 0) remaining.push({ labels, samples: missing });
  }
  return { body: remaining.length === 0 ? undefined : writeRequest(remaining), conflicts };
}

/** Names in one selector. */
const maxNames = 100;

/** Returns selectors of the series: all of the host; for series without an instance, those of the same names. */
function selectorsOf(host: string, series: readonly ReadSeries[]): readonly string[] {
  if (host !== '') return [renderSelector('', [matcher('instance', host)])];
  const names = [...new Set(series.flatMap(({ labels }) => new Map(labels).get('__name__') ?? []))];
  return Array.from({ length: Math.ceil(names.length / maxNames) }, (_, at) => {
    const [first = '', ...others] = names.slice(at * maxNames, (at + 1) * maxNames);
    return renderSelector('', [anyOf('__name__', [first, ...others]), matcher('instance', '')]);
  });
}

/** Returns the stored values by series and time. */
async function readStored(
  prometheus: PrometheusConnection,
  selectors: readonly string[],
  windows: readonly Window[],
): Promise<ReadonlyMap<string, ReadonlyMap<number, number>>> {
  const stored = new Map<string, Map<number, number>>();
  const questions = windows.flatMap((window) => selectors.map((selector) => ({ ...window, selector })));
  for (const question of questions) {
    for (const { labels, points } of await queryRaw(prometheus, question)) {
      const key = keyOf(Object.entries(labels));
      const values = stored.get(key) ?? new Map<number, number>();
      for (const [timeMs, value] of points) values.set(timeMs, value);
      stored.set(key, values);
    }
  }
  return stored;
}

function keyOf(labels: readonly (readonly [string, string])[]): string {
  return JSON.stringify([...labels].sort(([a], [b]) => (a < b ? -1 : 1)));
}

interface Window {
  readonly startMs: number;
  endMs: number;
}

function windowsOf(series: readonly ReadSeries[]): readonly Window[] {
  const times = [...new Set(series.flatMap(({ samples }) => samples.map(({ timestampMs }) => timestampMs)))];
  const windows: Window[] = [];
  for (const timeMs of times.sort((a, b) => a - b)) {
    const last = windows.at(-1);
    if (last !== undefined && timeMs - last.endMs <= maxGapMs && timeMs - last.startMs <= maxWindowMs)
      last.endMs = timeMs;
    else windows.push({ startMs: timeMs, endMs: timeMs });
  }
  return windows;
}
