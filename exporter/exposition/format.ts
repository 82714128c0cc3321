/**
 * Defines the two formats of an exposition: the Prometheus text format 0.0.4 and OpenMetrics 1.0. Their sample lines are the same; the
 * metadata lines of a family and the end differ.
 * Sources: https://github.com/prometheus/docs/blob/main/docs/instrumenting/exposition_formats.md and
 * https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md
 */
import type { Family } from './family.ts';

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

const needsEscape = /[\\\n]/;

function escapeHelp(help: string): string {
  if (!needsEscape.test(help)) return help;
  return help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
