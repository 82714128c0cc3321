/** Defines the layout of a sample set: families and series without values. Consecutive sets share one layout, which is stored once. */
import type Zlib from 'node:zlib';
import { labelKey } from '../../../common/remote-write/encode.ts';
import type { Family, Labels, MetricType, Sample } from '../../exposition/family.ts';

export interface LayoutFamily {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly series: readonly LayoutSeries[];
}

export interface LayoutSeries {
  readonly labels: Labels;
  readonly suffix?: string;
}

/** The order of families and series is the order of a set's values. */
export interface SeriesLayout {
  readonly families: readonly LayoutFamily[];
  readonly sampleCount: number;
}

/** Returns the layout of the families, without families that have no samples. */
export function layoutOf(families: readonly Family[]): SeriesLayout {
  const sampled = families.filter(({ samples }) => samples.length > 0);
  return {
    families: sampled.map(({ name, type, help, samples }) => ({ name, type, help, series: samples.map(seriesOf) })),
    sampleCount: sampled.reduce((count, { samples }) => count + samples.length, 0),
  };
}

function seriesOf({ labels, suffix }: Sample): LayoutSeries {
  return suffix === undefined ? { labels } : { labels, suffix };
}

/** Returns whether the families have this layout. Called for every set, so it allocates nothing. */
export function hasLayout({ families: known }: SeriesLayout, families: readonly Family[]): boolean {
  let index = 0;
  for (const family of families) {
    if (family.samples.length === 0) continue;
    const same = known[index++];
    if (same === undefined || same.name !== family.name || same.type !== family.type || same.help !== family.help)
      return false;
    if (same.series.length !== family.samples.length || !areSameSeries(same.series, family.samples)) return false;
  }
  return index === known.length;
}

function areSameSeries(series: readonly LayoutSeries[], samples: readonly Sample[]): boolean {
  let index = 0;
  for (const { labels, suffix } of samples) {
    const same = series[index++] as LayoutSeries;
    if (same.suffix !== suffix || (same.labels !== labels && !areSameLabels(same.labels, labels))) return false;
  }
  return true;
}

function areSameLabels(a: Labels, b: Labels): boolean {
  let count = 0;
  for (const name in b) {
    if (a[name] !== b[name]) return false;
    count++;
  }
  for (const _ in a) count--;
  return count === 0;
}

/** Returns the values in the layout's order, as float64. */
export function valuesOf(families: readonly Family[], sampleCount: number): Uint8Array {
  const values = new Float64Array(sampleCount);
  let index = 0;
  for (const { samples } of families) for (const { value } of samples) values[index++] = value;
  return new Uint8Array(values.buffer);
}

/** Returns the series of `before` that `after` does not have; undefined when there are none. */
export function endedSeries(before: SeriesLayout, after: SeriesLayout): SeriesLayout | undefined {
  const alive = new Set(seriesKeys(after));
  const families = before.families
    .map((family) => ({ ...family, series: family.series.filter((each) => !alive.has(seriesKey(family, each))) }))
    .filter(({ series }) => series.length > 0);
  if (families.length === 0) return undefined;
  return { families, sampleCount: families.reduce((count, { series }) => count + series.length, 0) };
}

/** Returns the key of every series, in the order of the values. */
export function seriesKeys({ families }: SeriesLayout): string[] {
  return families.flatMap((family) => family.series.map((each) => seriesKey(family, each)));
}

function seriesKey({ name }: LayoutFamily, { labels, suffix = '' }: LayoutSeries): string {
  return `${name}${suffix} ${labelKey(labels)}`;
}

/** Encodes a layout for the buffer, compressed. */
export function encodeLayout(layout: SeriesLayout): Uint8Array {
  return zlib().deflateSync(JSON.stringify(layout), { level: 6 });
}

/** Decodes a layout. Throws an Error for bytes that `encodeLayout` has not written. */
export function decodeLayout(bytes: Uint8Array): SeriesLayout {
  return JSON.parse(
    zlib()
      .inflateSync(bytes, { maxOutputLength: 64 * 2 ** 20 })
      .toString(),
  ) as SeriesLayout;
}

function zlib(): typeof Zlib {
  return process.getBuiltinModule('node:zlib');
}
