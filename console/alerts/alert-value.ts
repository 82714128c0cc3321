/** An alert's number in words: what is measured, how much it is, and what it is held against. */
import { metricByName } from '../../common/catalogue/index.ts';
import type { Labels } from '../api/query-response.ts';
import { formatterOf } from '../format/units.ts';

/** What the catalogue and the rules say, as the page's formats name it. */
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

/** The page's format for a unit of the catalogue or of a rule; an unknown one follows the number. */
export function formatOf(unit: string | undefined): string {
  return unit === undefined ? 'none' : (formats[unit] ?? unit);
}

/** Undefined for states, whose number says nothing to a person. */
export function tryFormatValue(value: number | undefined, unit: string | undefined): string | undefined {
  if (value === undefined || !Number.isFinite(value) || unit === 'state') return undefined;
  return formatterOf(formatOf(unit))(value, Math.abs(value) >= 1 ? 1 : undefined).replace(/\.0(?=\D|$)/, '');
}

interface AlertTexts {
  readonly labels: Labels;
  readonly annotations: Labels;
}

export function unitOf({ labels, annotations }: AlertTexts): string | undefined {
  return annotations['unit'] ?? metricByName(labels['metric'] ?? '')?.unit;
}

/** As the rule told it last. */
export function reportedValueOf({ annotations }: AlertTexts): number | undefined {
  return tryNumber(annotations['value']);
}

export function thresholdOf({ annotations }: AlertTexts): number | undefined {
  return tryNumber(annotations['threshold']);
}

function tryNumber(text: string | undefined): number | undefined {
  const value = text === undefined || text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** `disk usage`, `network io bytes sent`; undefined where the alert is not about a metric of the catalogue. */
export function metricTitleOf({ labels }: AlertTexts): string | undefined {
  const name = metricByName(labels['metric'] ?? '')?.name;
  return name?.replace(/\.(?:percent|total)$/, '').replaceAll('.', ' ');
}

/** What the catalogue says of it. */
export function metricHelpOf({ labels }: AlertTexts): string | undefined {
  return metricByName(labels['metric'] ?? '')?.help;
}

/** Labels that every alert has, or that are shown apart. */
const known: ReadonlySet<string> = new Set(['alertname', 'severity', 'instance', 'job', 'metric']);

/** What tells the alert from others of its rule and host: `mountpoint=/var`. */
export function distinctLabels(labels: Labels): readonly (readonly [string, string])[] {
  return Object.entries(labels)
    .filter(([name]) => !known.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Nothing but the web: annotations come from rules that anyone may have written. */
export function tryWebUrl(text: string | undefined): string | undefined {
  const url = text === undefined ? null : URL.parse(text);
  return url !== null && ['http:', 'https:'].includes(url.protocol) ? url.href : undefined;
}

export function runbookOf({ annotations }: AlertTexts): string | undefined {
  return tryWebUrl(annotations['runbook_url'] ?? annotations['runbook']);
}
