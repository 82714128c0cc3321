/**
 * Renders metric families as an exposition, in the Prometheus text format 0.0.4 or in OpenMetrics 1.0. The sample lines of both formats
 * are the same; the metadata lines of a family and the end differ.
 * Sources: https://github.com/prometheus/docs/blob/main/docs/instrumenting/exposition_formats.md and
 * https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md
 */
import type { Family, Labels, Sample } from './family.ts';

export interface ExpositionFormat {
  readonly contentType: string;
  /** Returns the name of a family in the metadata lines. `isTaken` returns whether the exposition has a family of a name. */
  readonly familyName: (family: Family, isTaken: (name: string) => boolean) => string;
  /** Renders the metadata lines of a family. */
  readonly renderMetadata: (name: string, family: Family) => string;
  /** The text after the last family. */
  readonly end: string;
}

export const textFormat: ExpositionFormat = {
  contentType: 'text/plain; version=0.0.4; charset=utf-8',
  familyName: ({ name }) => name,
  renderMetadata: (name, { help, type }) => `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`,
  end: '',
};

const counterSuffix = '_total';

export const openMetricsFormat: ExpositionFormat = {
  contentType: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  /** The samples of a counter have the suffix `_total`, which the name of the family lacks. */
  familyName({ name, type }, isTaken) {
    if (type !== 'counter' || !name.endsWith(counterSuffix)) return name;
    const base = name.slice(0, -counterSuffix.length);
    return isTaken(base) ? name : base;
  },
  renderMetadata(name, family) {
    const help = escapeHelp(family.help).replaceAll('"', String.raw`\"`);
    const unit = units.find((each) => name.endsWith(`_${each}`));
    const unitLine = unit === undefined ? '' : `# UNIT ${name} ${unit}\n`;
    return `# HELP ${name} ${help}\n# TYPE ${name} ${openMetricsType(name, family)}\n${unitLine}`;
  },
  end: '# EOF\n',
};

/** Returns the type of a family. A counter whose samples lack the suffix is `unknown`, and so is a counter whose base name is another family's. */
function openMetricsType(name: string, family: Family): string {
  if (family.type === 'untyped') return 'unknown';
  return family.type === 'counter' && name === family.name ? 'unknown' : family.type;
}

/** Prometheus' base units. Source: https://prometheus.io/docs/practices/naming/#base-units */
const units = [
  'seconds',
  'bytes',
  'celsius',
  'volts',
  'amperes',
  'joules',
  'watts',
  'hertz',
  'meters',
  'grams',
  'ratio',
];

const needsHelpEscape = /[\\\n]/;

function escapeHelp(help: string): string {
  if (!needsHelpEscape.test(help)) return help;
  return help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

/**
 * Renders families in the given order in the Prometheus text format, each with HELP and TYPE. Omits families without samples. The text
 * ends in LF.
 */
export function renderExposition(families: Iterable<Family>): string {
  let text = '';
  for (const family of families) {
    if (family.samples.length === 0) continue;
    text += textFormat.renderMetadata(family.name, family);
    for (const sample of family.samples) text += `${renderSeries(family.name, sample)}${renderValue(sample.value)}\n`;
  }
  return text;
}

/** An exposition in parts, so that a client that reads it slowly or compressed does not need the whole text at once. */
export type ExpositionParts = readonly string[];

/** Length from which a part ends, at the end of a family. */
const partLength = 128 * 1_024;

/** The cached text of a family, and what it was rendered from. */
interface CachedFamily {
  readonly help: string;
  readonly type: string;
  /** The family's name in the format. */
  readonly name: string;
  readonly metadata: string;
  readonly series: CachedSeries[];
  /**
   * The text and its samples, when two expositions in a row had the same values. Strings that live until the next exposition only would
   * be promoted to V8's old generation, which costs more than the rendering.
   */
  unchanged: { readonly samples: readonly Sample[]; readonly text: string } | undefined;
}

/** The cached text of a series, and the labels that the text was rendered from. */
interface CachedSeries {
  /** Compared first: most collectors return the same object at every scrape. */
  readonly labels: Labels;
  readonly suffix: string | undefined;
  readonly names: readonly string[];
  readonly values: readonly (string | undefined)[];
  readonly text: string;
  /** The previous value. */
  value: number;
}

export type ExpositionRenderer = (families: readonly Family[], format: ExpositionFormat) => ExpositionParts;

/**
 * Returns a function that renders the same text as `renderExposition` and caches the text of headers, series and lines: from one
 * scrape to the next only some values change. Measurements: docs/decisions/exporter-hot-path.md
 */
export function createExpositionRenderer(): ExpositionRenderer {
  const caches = new Map<ExpositionFormat, Map<string, CachedFamily>>();
  return (families, format) => {
    const cache = caches.get(format) ?? new Map<string, CachedFamily>();
    caches.set(format, cache);
    const parts: string[] = [];
    let names: ReadonlySet<string> | undefined;
    const isTaken = (name: string): boolean => (names ??= new Set(families.map((each) => each.name))).has(name);
    let part = '';
    for (const family of families) {
      if (family.samples.length === 0) continue;
      const cached = cachedFamily(cache, { family, format, name: format.familyName(family, isTaken) });
      part += textOf(cached, family);
      if (part.length < partLength) continue;
      parts.push(part);
      part = '';
    }
    parts.push(part + format.end);
    return parts;
  };
}

interface NamedFamily {
  readonly family: Family;
  readonly format: ExpositionFormat;
  readonly name: string;
}

function cachedFamily(cache: Map<string, CachedFamily>, { family, format, name }: NamedFamily): CachedFamily {
  const { help, type } = family;
  const cached = cache.get(family.name);
  if (cached !== undefined && cached.help === help && cached.type === type && cached.name === name) return cached;
  const metadata = format.renderMetadata(name, family);
  const fresh: CachedFamily = { help, type, name, metadata, series: [], unchanged: undefined };
  cache.set(family.name, fresh);
  return fresh;
}

/** Returns the metadata lines and the lines of the samples. */
function textOf(cached: CachedFamily, { name, samples }: Family): string {
  // A collector whose source has not changed returns the same object at every scrape.
  if (cached.unchanged?.samples === samples) return cached.unchanged.text;
  const isUnchanged = updateSeries(cached.series, name, samples);
  if (isUnchanged && cached.unchanged !== undefined) return cached.unchanged.text;
  let text = cached.metadata;
  for (const series of cached.series) text += `${series.text}${renderValue(series.value)}\n`;
  cached.unchanged = isUnchanged ? { samples, text } : undefined;
  return text;
}

/** Stores the series and the values of the samples. Returns whether they are equal to the previous ones. */
function updateSeries(series: CachedSeries[], family: string, samples: readonly Sample[]): boolean {
  let isUnchanged = series.length === samples.length;
  let index = 0;
  for (const sample of samples) {
    const known = series[index];
    if (known === undefined || !isSameSeries(known, sample)) {
      series[index] = cacheSeries(family, sample);
      isUnchanged = false;
    } else if (known.value !== sample.value) {
      known.value = sample.value;
      isUnchanged = false;
    }
    index++;
  }
  series.length = index;
  return isUnchanged;
}

function cacheSeries(family: string, sample: Sample): CachedSeries {
  const { labels, suffix, value } = sample;
  const names = Object.keys(labels);
  const values = names.map((name) => labels[name]);
  return { labels, suffix, names, values, text: renderSeries(family, sample), value };
}

/** Compares labels and their order. Runs for every sample of every scrape, so it allocates nothing. */
function isSameSeries(cached: CachedSeries, { labels, suffix }: Sample): boolean {
  if (cached.suffix !== suffix) return false;
  if (cached.labels === labels) return true;
  const { names, values } = cached;
  let index = 0;
  for (const name in labels) {
    if (name !== names[index] || labels[name] !== values[index]) return false;
    index++;
  }
  return index === names.length;
}

/** Renders the part of a line before the value: name, labels and a blank. */
function renderSeries(name: string, { labels, suffix = '' }: Sample): string {
  return `${name}${suffix}${renderLabels(labels)} `;
}

function renderLabels(labels: Labels): string {
  let text = '';
  for (const name in labels) text += `${text === '' ? '{' : ','}${name}="${escapeLabelValue(labels[name] as string)}"`;
  return text === '' ? '' : `${text}}`;
}

/** Renders a number: `NaN`, `+Inf`, `-Inf`, or the shortest text that parses to the same float64. */
export function renderValue(value: number): string {
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  return String(value);
}

const needsEscape = /[\\\n"]/;

function escapeLabelValue(value: string): string {
  if (!needsEscape.test(value)) return value;
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}
