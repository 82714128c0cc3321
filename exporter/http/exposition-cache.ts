/**
 * Writes the page of one scrape and remembers how its lines began: from scrape to scrape only the values change.
 * Same text as `renderExposition`; what it saves is in docs/decisions/exporter-hot-path.md.
 */
import { renderHeader, renderSeries, renderValue } from '../exposition/exposition.ts';
import type { Family, Labels, Sample } from '../exposition/family.ts';

export type PageWriter = (families: readonly Family[]) => string;

/** What is remembered of a family: its header, and of each sample by position. */
interface FamilyLines {
  readonly help: string;
  readonly type: string;
  readonly header: string;
  readonly series: SeriesLine[];
}

/** A line's beginning and what it was made of. */
interface SeriesLine {
  /** Most collectors hand out the same object every time; the rest is compared by name and value. */
  readonly labels: Labels;
  readonly suffix: string | undefined;
  readonly names: readonly string[];
  readonly values: readonly (string | undefined)[];
  readonly text: string;
}

export function createPageWriter(): PageWriter {
  const known = new Map<string, FamilyLines>();
  return (families) => {
    let page = '';
    for (const family of families) {
      const { name, samples } = family;
      if (samples.length === 0) continue;
      const { header, series } = recall(known, family);
      page += header;
      let index = 0;
      for (const sample of samples) {
        let line = series[index];
        if (line === undefined || !isSame(line, sample)) {
          line = lineOf(name, sample);
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

function recall(known: Map<string, FamilyLines>, family: Family): FamilyLines {
  const found = known.get(family.name);
  if (found !== undefined && found.help === family.help && found.type === family.type) return found;
  const fresh: FamilyLines = { help: family.help, type: family.type, header: renderHeader(family), series: [] };
  known.set(family.name, fresh);
  return fresh;
}

function lineOf(family: string, sample: Sample): SeriesLine {
  const names = Object.keys(sample.labels);
  return {
    labels: sample.labels,
    suffix: sample.suffix,
    names,
    values: names.map((name) => sample.labels[name]),
    text: `${renderSeries(family, sample)} `,
  };
}

/** Same labels in the same order. Runs for every sample of every scrape: it allocates nothing. */
function isSame(line: SeriesLine, { labels, suffix }: Sample): boolean {
  if (line.suffix !== suffix) return false;
  if (line.labels === labels) return true;
  const { names, values } = line;
  let index = 0;
  for (const name in labels) {
    if (name !== names[index] || labels[name] !== values[index]) return false;
    index++;
  }
  return index === names.length;
}
