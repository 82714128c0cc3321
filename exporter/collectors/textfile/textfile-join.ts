/** Joins the families of several text files: one family per name, equal label names within a file, no duplicate series. */
import type { ParsedFamily } from '../../exposition/exposition-parse.ts';
import { parseFloatText } from '../../exposition/exposition-sample.ts';
import { type Family, type Labels, type Sample, seriesKey } from '../../exposition/family.ts';
import type { Textfile } from './textfile-reader.ts';

/** A family or series that was dropped: an error that sets `node_textfile_scrape_error`. */
export interface TextfileConflict {
  /** The family and the file. */
  readonly place: string;
  readonly reason: string;
}

interface Part extends ParsedFamily {
  readonly path: string;
}

export interface JoinedTextfiles {
  readonly families: readonly Family[];
  readonly conflicts: readonly TextfileConflict[];
}

export function joinTextfiles(files: readonly Textfile[]): JoinedTextfiles {
  const parts = new Map<string, Part[]>();
  for (const { path, families } of files) {
    for (const family of families) {
      const same = parts.get(family.name);
      if (same === undefined) parts.set(family.name, [{ ...family, path }]);
      else same.push({ ...family, path });
    }
  }
  const conflicts: TextfileConflict[] = [];
  const families = [...parts].map(([name, same]) => joinParts(name, same, conflicts));
  return { families, conflicts };
}

/** Keeps type and HELP of the first file and drops parts that contradict them. */
function joinParts(name: string, parts: readonly Part[], conflicts: TextfileConflict[]): Family {
  const [{ type }] = parts as [Part, ...Part[]];
  let help: string | undefined;
  let hasHelpConflict = false;
  const shown: Part[] = [];
  const drop = (path: string, reason: string) => void conflicts.push({ place: `${name} in ${path}`, reason });
  for (const part of parts) {
    // As in node_exporter, all further files are dropped after the first contradicting HELP.
    if (hasHelpConflict || (help !== undefined && part.help !== undefined && part.help !== help)) {
      hasHelpConflict = true;
      drop(part.path, `HELP differs from that of ${parts[0]?.path}`);
    } else if (part.type !== type) {
      drop(part.path, `type ${part.type} differs from type ${type} in ${parts[0]?.path}`);
    } else {
      help ??= part.help;
      shown.push(part);
    }
  }
  const known = new Set<string>();
  const samples: Sample[] = [];
  for (const part of shown) {
    for (const sample of samplesOf(part)) {
      const key = seriesKey(sample);
      if (known.has(key)) drop(part.path, 'duplicate series');
      else samples.push(sample);
      known.add(key);
    }
  }
  return { name, type, help: help ?? `Metric read from ${shown.map(({ path }) => path).join(', ')}`, samples };
}

/** Adds empty labels so that all samples of a file have the same label names, sorted by name, with the bound last. */
function samplesOf({ type, samples }: ParsedFamily): Sample[] {
  const bound = type === 'histogram' ? 'le' : type === 'summary' ? 'quantile' : undefined;
  const names = [...new Set(samples.flatMap(({ labels }) => Object.keys(labels)))]
    .filter((name) => name !== bound)
    .sort();
  return samples.map(({ labels, value, suffix }): Sample => {
    const all: Record<string, string> = {};
    for (const name of names) all[name] = labels[name] ?? '';
    const boundary = bound === undefined ? undefined : labels[bound];
    if (bound !== undefined && boundary !== undefined) all[bound] = goFloat(parseFloatText(boundary));
    return { labels: all satisfies Labels, value, ...(suffix !== undefined && { suffix }) };
  });
}

/** Formats a number as Go does in `le` and `quantile`: `1e+06`, `0.5`, `+Inf`. Series keep the identity they have in node_exporter. */
export function goFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(value);
  const sign = power < 0 ? '-' : '+';
  return `${digits}e${sign}${String(Math.abs(power)).padStart(2, '0')}`;
}
