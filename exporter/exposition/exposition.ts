/**
 * Renders metric families in the Prometheus text format 0.0.4.
 * Source: https://github.com/prometheus/docs/blob/main/docs/instrumenting/exposition_formats.md
 */
import type { Family, Labels, Sample } from './family.ts';

export const expositionContentType = 'text/plain; version=0.0.4; charset=utf-8';

/** Renders families in the given order, each with HELP and TYPE. Omits families without samples. The text ends in LF. */
export function renderExposition(families: Iterable<Family>): string {
  let text = '';
  for (const family of families) {
    if (family.samples.length === 0) continue;
    text += renderHeader(family);
    for (const sample of family.samples) text += `${renderSeries(family.name, sample)}${renderValue(sample.value)}\n`;
  }
  return text;
}

/** The cached text of a family: its header, and the series of each sample by position. */
interface CachedFamily {
  readonly help: string;
  readonly type: string;
  readonly header: string;
  readonly series: CachedSeries[];
}

/** The cached text of a series, and the labels that the text was rendered from. */
interface CachedSeries {
  /** Compared first: most collectors return the same object at every scrape. */
  readonly labels: Labels;
  readonly suffix: string | undefined;
  readonly names: readonly string[];
  readonly values: readonly (string | undefined)[];
  readonly text: string;
}

/**
 * Returns a function that renders the same text as `renderExposition` and caches the text of headers and series: from one
 * scrape to the next only the values change. Measurements: docs/decisions/exporter-hot-path.md
 */
export function createExpositionRenderer(): (families: readonly Family[]) => string {
  const cache = new Map<string, CachedFamily>();
  return (families) => {
    let page = '';
    for (const family of families) {
      const { name, samples } = family;
      if (samples.length === 0) continue;
      const { header, series } = cachedFamily(cache, family);
      page += header;
      let index = 0;
      for (const sample of samples) {
        let line = series[index];
        if (line === undefined || !isSameSeries(line, sample)) {
          line = cacheSeries(name, sample);
          series[index] = line;
        }
        page += `${line.text}${renderValue(sample.value)}\n`;
        index++;
      }
      series.length = index;
    }
    return page;
  };
}

function cachedFamily(cache: Map<string, CachedFamily>, family: Family): CachedFamily {
  const cached = cache.get(family.name);
  if (cached !== undefined && cached.help === family.help && cached.type === family.type) return cached;
  const fresh: CachedFamily = { help: family.help, type: family.type, header: renderHeader(family), series: [] };
  cache.set(family.name, fresh);
  return fresh;
}

function cacheSeries(family: string, sample: Sample): CachedSeries {
  const { labels, suffix } = sample;
  const names = Object.keys(labels);
  return { labels, suffix, names, values: names.map((name) => labels[name]), text: renderSeries(family, sample) };
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

function renderHeader({ name, help, type }: Family): string {
  return `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`;
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

function escapeHelp(help: string): string {
  if (!needsEscape.test(help)) return help;
  return help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
