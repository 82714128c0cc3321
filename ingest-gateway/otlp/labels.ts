/** Labels made of OTLP attributes: `job` and `instance` of a resource, the labels of a point, the bounds of buckets. */
import type { Attributes } from '../../common/otlp/metrics-data.ts';
import { checkLabel, SeriesError } from '../ingest/label-cache.ts';
import { pushLimits } from '../ingest/sample-checks.ts';
import { prometheusLabel } from './prometheus-names.ts';

export interface Target {
  readonly job: string;
  /** Empty when neither the resource nor the API key names one: the series have no label `instance`. */
  readonly instance: string;
  /** The labels of `target_info`, by attribute key. */
  readonly info: Attributes;
}

/** Attributes that become `job` and `instance`. */
const identity: readonly string[] = ['service.name', 'service.namespace', 'service.instance.id'];

/**
 * Returns the Prometheus target of a resource. `job` is `service.namespace/service.name`; `instance` is `service.instance.id`,
 * else `host.name`, else the host that the API key is bound to; a value that no label can have is passed over.
 */
export function targetOf(attributes: Attributes, boundHost: string | undefined): Target {
  const text = (key: string): string | undefined => attributes.get(key) || undefined;
  const [name, namespace, id] = ['service.name', 'service.namespace', 'service.instance.id'].map(text);
  const service = name ?? 'unknown_service';
  const named = [id, text('host.name'), boundHost].find((value) => value !== undefined && fitsValue(value)) ?? '';
  return {
    job: namespace === undefined ? service : `${namespace}/${service}`,
    instance: named,
    // `host.name` is redundant when it is the instance.
    info: new Map(
      [...attributes].filter(([key, value]) => !identity.includes(key) && !(key === 'host.name' && value === named)),
    ),
  };
}

/** Returns whether the text can be a label's value. */
function fitsValue(text: string): boolean {
  return Buffer.byteLength(text) <= pushLimits.maxValueBytes && text.isWellFormed();
}

/** Labels that the gateway sets itself. */
const targetLabels: readonly string[] = ['job', 'instance'];

/**
 * Returns the labels of a point. Different values of keys that map to the same label are joined by `;` in the order of the keys,
 * as the specification requires. An attribute that maps to a label of the target, or to one of `generated`, gets the prefix
 * `exported_`, as Prometheus gives it to the label of a scraped series. Throws a `SeriesError` for a label that a push must not
 * have.
 */
export function labelsOf(attributes: Attributes, generated: readonly string[] = []): Record<string, string> {
  const labels: Record<string, string> = Object.create(null) as Record<string, string>;
  /** The values of labels that several keys map to. */
  let several: Map<string, string[]> | undefined;
  for (const [key, value] of [...attributes].sort(([one], [other]) => (one < other ? -1 : 1))) {
    if (key === '' || value === '') continue; // Prometheus treats an empty label as absent
    const own = prometheusLabel(key);
    const label = targetLabels.includes(own) || generated.includes(own) ? `exported_${own}` : own;
    const before = labels[label];
    if (before === undefined) {
      labels[label] = value;
      continue;
    }
    several ??= new Map<string, string[]>();
    const values = several.get(label) ?? [before];
    if (!values.includes(value)) values.push(value);
    several.set(label, values);
    labels[label] = values.join(';');
  }
  for (const [label, value] of Object.entries(labels)) checkLabel(label, value, 'attributes');
  return labels;
}

/** Returns whether the attribute makes a valid label. */
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

/** Renders a bound as Go's `strconv.FormatFloat(bound, 'f', -1, 64)` does: never with an exponent. */
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
