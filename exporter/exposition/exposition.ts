/**
 * The Prometheus text format 0.0.4, written.
 * Source: https://github.com/prometheus/docs/blob/main/docs/instrumenting/exposition_formats.md
 */
import type { Family, Labels, Sample } from './family.ts';

export const expositionContentType = 'text/plain; version=0.0.4; charset=utf-8';

/** Families in the order given, each with HELP and TYPE; ends in LF. A family without samples is left out. */
export function renderExposition(families: Iterable<Family>): string {
  let text = '';
  for (const family of families) {
    if (family.samples.length === 0) continue;
    text += renderHeader(family);
    for (const sample of family.samples) text += `${renderSeries(family.name, sample)} ${renderValue(sample.value)}\n`;
  }
  return text;
}

/** The HELP and TYPE lines of a family. */
export function renderHeader({ name, help, type }: Family): string {
  return `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`;
}

/** Name and labels of a sample, as a line begins. */
export function renderSeries(name: string, { labels, suffix = '' }: Sample): string {
  return `${name}${suffix}${renderLabels(labels)}`;
}

function renderLabels(labels: Labels): string {
  let text = '';
  for (const name in labels) text += `${text === '' ? '{' : ','}${name}="${escapeLabelValue(labels[name] as string)}"`;
  return text === '' ? '' : `${text}}`;
}

/** Numbers as the format spells them: `NaN`, `+Inf`, `-Inf`, otherwise the shortest text that reads back as the same float64. */
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
