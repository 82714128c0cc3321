/** Formats the values of an alert as text: metric, value, unit and threshold. */
import { metricByName } from '../../common/catalogue/metrics.ts';
import type { Labels } from '../api/promql.ts';
import { formatterOf } from '../format/values.ts';

/** Format names of the page by unit names of the catalogue and of rules. */
const formats: Readonly<Record<string, string>> = {
  percent: 'percent',
  bytes: 'bytes',
  'bytes/s': 'binBps',
  'ops/s': 'ops',
  'packets/s': 'count:p/s',
  'errors/s': 'count:errors/s',
  seconds: 's',
  count: 'none',
  load: 'none',
  state: 'none',
};

/**
 * Returns the page's format for a unit of the catalogue or of a rule. An unknown unit is returned unchanged: it follows the
 * number.
 */
export function formatOf(unit: string | undefined): string {
  return unit === undefined ? 'none' : (formats[unit] ?? unit);
}

/** Rounds to three significant figures. Returns undefined for states, which have no readable number. */
export function tryFormatValue(value: number | undefined, unit: string | undefined): string | undefined {
  if (value === undefined || unit === 'state') return undefined;
  return formatterOf(formatOf(unit))(value).replace(/(\.\d*?)0+(?=\D|$)/, (_, kept: string) =>
    kept === '.' ? '' : kept,
  );
}

interface AlertTexts {
  readonly labels: Labels;
  readonly annotations: Labels;
}

export function unitOf({ labels, annotations }: AlertTexts): string | undefined {
  return annotations['unit'] ?? metricByName(labels['metric'] ?? '')?.unit;
}

/** Returns the value in the rule's newest notification to Alertmanager. */
export function reportedValueOf({ annotations }: AlertTexts): number | undefined {
  return tryNumber(annotations['value']);
}

export function thresholdOf({ annotations }: AlertTexts): number | undefined {
  return tryNumber(annotations['threshold']);
}

/** Accepts PromQL's spellings of values that are not finite. */
function tryNumber(text: string | undefined): number | undefined {
  const trimmed = text?.trim() ?? '';
  if (trimmed === 'NaN') return Number.NaN;
  const infinity = /^([+-]?)Inf$/.exec(trimmed);
  if (infinity !== null) return infinity[1] === '-' ? -Infinity : Infinity;
  const value = trimmed === '' ? Number.NaN : Number(trimmed);
  return Number.isNaN(value) ? undefined : value;
}

/** Returns the metric's name as words, such as `disk usage`. Undefined if the alert has no metric of the catalogue. */
export function metricTitleOf({ labels }: AlertTexts): string | undefined {
  const name = metricByName(labels['metric'] ?? '')?.name;
  return name?.replace(/\.(?:percent|total)$/, '').replaceAll('.', ' ');
}

export function metricHelpOf({ labels }: AlertTexts): string | undefined {
  return metricByName(labels['metric'] ?? '')?.help;
}

/** Labels that every alert has or that the page shows elsewhere. */
const known: ReadonlySet<string> = new Set(['alertname', 'severity', 'instance', 'job', 'metric']);

/** Returns the labels that distinguish alerts of one rule and host, such as `mountpoint=/var`, sorted by name. */
export function distinctLabels(labels: Labels): readonly (readonly [string, string])[] {
  return Object.entries(labels)
    .filter(([name]) => !known.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Accepts http and https only: annotations may come from untrusted rules. */
export function tryWebUrl(text: string | undefined): string | undefined {
  const url = text === undefined ? null : URL.parse(text);
  return url !== null && ['http:', 'https:'].includes(url.protocol) ? url.href : undefined;
}

export function runbookOf({ annotations }: AlertTexts): string | undefined {
  return tryWebUrl(annotations['runbook_url'] ?? annotations['runbook']);
}
