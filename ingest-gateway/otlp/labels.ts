/** Attributes as the labels of a series: names as Prometheus spells them, bounded like those of any push. */
import type { Attributes } from '../../common/otlp/metrics-data.ts';
import { checkLabel, SeriesError } from '../ingest/label-cache.ts';
import { pushLimits } from '../ingest/limits.ts';
import { prometheusLabel } from './prometheus-names.ts';

/**
 * Where two keys become one label, their values are joined by `;` in the order of the keys, as the specification says.
 * Throws a `SeriesError` for a label that a push may not carry.
 */
export function labelsOf(attributes: Attributes): Record<string, string> {
  const labels: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [key, value] of [...attributes].sort(([one], [other]) => (one < other ? -1 : 1))) {
    if (key === '' || value === '') continue; // empty is absent to Prometheus
    const label = prometheusLabel(key);
    labels[label] = label in labels ? `${labels[label]};${value}` : value;
  }
  for (const [label, value] of Object.entries(labels)) checkLabel(label, value, 'attributes');
  return labels;
}

export function fitsLabel(key: string, value: string): boolean {
  try {
    labelsOf(new Map([[key, value]]));
    return true;
  } catch (error) {
    if (error instanceof SeriesError) return false;
    throw error;
  }
}

export const maxLabels = pushLimits.maxLabels;

/** A bucket's bound as Go's `strconv.FormatFloat(bound, 'f', -1, 64)` writes it: never with an exponent. */
export function renderBound(bound: number): string {
  if (bound === Number.POSITIVE_INFINITY) return '+Inf';
  if (bound === Number.NEGATIVE_INFINITY) return '-Inf';
  const text = String(bound);
  const [, sign = '', whole = '', fraction = '', power] = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text) ?? [];
  if (power === undefined) return text;
  const [digits, point] = [whole + fraction, whole.length + Number(power)];
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return `${sign}${digits}${'0'.repeat(point - digits.length)}`;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}
