/** Defines the metric family, which collectors return, and which the metrics endpoint and the push buffer receive. */
import type { Log } from '../../common/program/log.ts';

/** Types of the text format 0.0.4 that hostpulse handles; `untyped` is the type of a family without a TYPE line. */
export type MetricType = 'counter' | 'gauge' | 'untyped' | 'histogram' | 'summary';

/** Label values by label name, in the order of exposition. */
export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels: Labels;
  /** A float64; the text format allows NaN and the infinities. A missing value has no sample and is never NaN. */
  readonly value: number;
  /** Appended to the family's name: `_bucket`, `_sum`, `_count`. Histograms and summaries only. */
  readonly suffix?: string;
}

export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly samples: readonly Sample[];
}

/** Returns the labels sorted by name. */
export function sortLabels(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const noLabels: Labels = Object.freeze({});

/** Returns a family with one sample and no labels. */
export function single(name: string, help: string, type: MetricType, value: number): Family {
  return { name, help, type, samples: [{ labels: noLabels, value }] };
}

/** Returns a gauge with these samples. */
export function gauge(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, help, type: 'gauge', samples };
}

/** Returns a counter with these samples. */
export function counter(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, help, type: 'counter', samples };
}

/** Called for every family of which a merge drops samples. */
export type OnConflict = (family: string, reason: string) => void;

/** Returns a function that logs the first conflict of each family. */
export function createConflictLog(log: Log): OnConflict {
  const reported = new Set<string>();
  return (family, reason) => {
    if (reported.has(family)) return;
    reported.add(family);
    log.warn('dropped conflicting samples of a metric family', { family, reason });
  };
}

/** Returns the families of the host, then the exporter's own. */
export type MergeFamilies = (host: readonly Family[], own: readonly Family[]) => readonly Family[];

/**
 * Returns a function that merges families of the same name and keeps the order in which the names first appear. The textfile collector
 * may add series to a family of another collector. On a conflict the first family wins: a family of another type and a series
 * that exists already are dropped. When the host has a family of the exporter, the exporter's own series win and come first.
 */
export function createMergeFamilies(onConflict: OnConflict): MergeFamilies {
  // Comparing the names with those of the previous scrape costs less than a set of them.
  let distinctNames: readonly string[] = [];
  return (host, own) => {
    const families = [...host, ...own];
    if (hasNames(families, distinctNames)) return families;
    const names = families.map(({ name }) => name);
    if (new Set(names).size < names.length) return mergeByName([...own, ...host], onConflict);
    distinctNames = names;
    return families;
  };
}

function hasNames(families: readonly Family[], names: readonly string[]): boolean {
  if (families.length !== names.length) return false;
  let index = 0;
  for (const { name } of families) {
    if (name !== names[index]) return false;
    index++;
  }
  return true;
}

function mergeByName(families: readonly Family[], onConflict: OnConflict): readonly Family[] {
  const byName = new Map<string, Family>();
  for (const family of families) {
    const first = byName.get(family.name);
    byName.set(family.name, first === undefined ? family : mergeTwo(first, family, onConflict));
  }
  return [...byName.values()];
}

function mergeTwo(first: Family, second: Family, onConflict: OnConflict): Family {
  if (first.type !== second.type) {
    onConflict(first.name, `type ${second.type} conflicts with type ${first.type}`);
    return first;
  }
  const known = new Set(first.samples.map(seriesKey));
  const added = second.samples.filter((sample) => !known.has(seriesKey(sample)));
  if (added.length < second.samples.length) onConflict(first.name, 'duplicate series');
  return { ...first, samples: [...first.samples, ...added] };
}

/** Returns a key that identifies a series within its family, independent of the order of its labels. */
export function seriesKey({ labels, suffix = '' }: Sample): string {
  return JSON.stringify([suffix, Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))]);
}
