/**
 * Checks pushed samples in the same way for every protocol: limits, names, times, and series that a push must not contain. Counts the
 * rejected samples of a push by reason, and keeps the details of the first rejected samples.
 */
import { metrics, operationsOf, recordingName, underscored } from '../../common/catalogue/metrics.ts';
import { recordedTierNames } from '../../common/catalogue/tiers.ts';
import { alertGroups } from '../../rules/alerting.ts';
import { hostJob } from '../forward/scraped-hosts.ts';
import type { ScanLimits } from '../remote-write/scanned-series.ts';
import { hostName } from '../schema/fields.ts';

export const pushLimits = {
  /** Size of a body as received, and inflated. */
  maxBodyBytes: 5_000_000,
  maxInflatedBytes: 32 * 2 ** 20,
  /** Size of an OTLP request, as received and inflated. */
  maxOtlpBytes: 64 * 2 ** 20,
  /** Objects, lists, members and entries of a JSON body, and their nesting. */
  maxJsonValues: 1_000_000,
  maxJsonDepth: 128,
  /** Fields of an OTLP request in protobuf. */
  maxFields: 1_500_000,
  maxSamples: 50_000,
  /** Labels of a series besides `__name__`, `job` and `instance`. */
  maxLabels: 40,
  /** Size of a label's value in UTF-8. */
  maxValueBytes: 1_024,
  maxNameLength: 255,
  /** More than the 24 h that a host buffers, less than the 30 h for which Prometheus takes late samples. */
  maxAgeMs: 26 * 3_600_000,
  /** Prometheus counts its out-of-order window from the newest sample of any host. */
  maxFutureMs: 60_000,
} as const;

/** Returns the limits for a scan of remote write, which counts `__name__`, `job` and `instance` as labels. */
export function scanLimits(nowMs: number): ScanLimits {
  return {
    maxLabels: pushLimits.maxLabels + 3,
    maxValueBytes: pushLimits.maxValueBytes,
    oldestMs: nowMs - pushLimits.maxAgeMs,
    newestMs: nowMs + pushLimits.maxFutureMs,
    mayBeReserved,
  };
}

export const rejectReasons = [
  'malformed',
  'name',
  'label',
  'unit',
  'too_old',
  'too_new',
  'duplicate',
  'order',
  'histogram',
  'limit',
  'reserved',
  'temporality',
  'scraped',
] as const;
export type RejectReason = (typeof rejectReasons)[number];

export interface RejectedSample {
  readonly index: number;
  /** Path to the fault in the body, such as `metrics[3].tags.instance`. */
  readonly path: string;
  readonly reason: RejectReason;
  readonly message: string;
}

export interface RejectionData {
  /** Number of samples by reason. */
  readonly byReason: ReadonlyMap<RejectReason, number>;
  /** The first hundred rejected samples. */
  readonly first: readonly RejectedSample[];
  /** The first rejected sample of each reason. */
  readonly examples: ReadonlyMap<RejectReason, RejectedSample>;
}

export interface Rejections extends RejectionData {
  add(rejected: RejectedSample, samples?: number): void;
  total(): number;
}

/** Bounds the response, which must not be larger than the push. */
const maxDetailed = 100;

/** Begins with the rejections of `data`. */
export function createRejections(data?: RejectionData): Rejections {
  const byReason = new Map<RejectReason, number>(data?.byReason);
  const examples = new Map<RejectReason, RejectedSample>(data?.examples);
  const first: RejectedSample[] = [...(data?.first ?? [])];
  return {
    byReason,
    examples,
    first,
    add(rejected, samples = 1) {
      byReason.set(rejected.reason, (byReason.get(rejected.reason) ?? 0) + samples);
      if (!examples.has(rejected.reason)) examples.set(rejected.reason, rejected);
      if (first.length < maxDetailed) first.push(rejected);
    },
    total: () => [...byReason.values()].reduce((sum, count) => sum + count, 0),
  };
}

/** Returns the first example of each reason, with the number of the others. */
export function examplesOf({
  byReason,
  examples,
}: Rejections): readonly { readonly path: string; readonly message: string }[] {
  return [...examples].map(([reason, { path, message }]) => {
    const others = (byReason.get(reason) ?? 1) - 1;
    return { path, message: others <= 0 ? message : `${message} (and ${others} more: ${reason})` };
  });
}

/** Returns the examples in one line. */
export function summarize(rejections: Rejections): string {
  return examplesOf(rejections)
    .map(({ path, message }) => `${path}: ${message}`)
    .join('; ');
}

/** Ticks of a millisecond, by unit. */
const ticksPerMs = { seconds: 1e-3, milliseconds: 1, microseconds: 1e3, nanoseconds: 1e6 } as const;
export type TimeUnit = keyof typeof ticksPerMs;

/** A time in the wrong unit is recognized when it is this close to the present in the right one. */
const presentMs = 10 * 365 * 86_400_000;

/**
 * Returns why a sample of that time cannot be stored; undefined for a valid time. Recognizes a time that the sender gave in
 * another unit than `unit`, the one of the protocol.
 */
export function timeFault(
  timestampMs: number,
  nowMs: number,
  unit: TimeUnit = 'milliseconds',
): readonly [RejectReason, string] | undefined {
  if (!Number.isInteger(timestampMs)) return ['malformed', `expected whole milliseconds, got ${timestampMs}`];
  const aheadMs = timestampMs - nowMs;
  if (aheadMs <= pushLimits.maxFutureMs && aheadMs >= -pushLimits.maxAgeMs) return undefined;
  const reason = aheadMs > 0 ? 'too_new' : 'too_old';
  const ticks = timestampMs * ticksPerMs[unit];
  for (const [other, perMs] of Object.entries(ticksPerMs)) {
    if (other === unit || Math.abs(ticks / perMs - nowMs) > presentMs) continue;
    return [reason, `expected ${unit} since the epoch; this looks like ${other}`];
  }
  return aheadMs > 0
    ? [reason, `more than 60 s ahead of the gateway's clock: ${aheadMs} ms`]
    : [reason, 'older than 26 h'];
}

const familyForm = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const dottedForm = /^[a-zA-Z][a-zA-Z0-9_]*(?:\.[a-zA-Z0-9_]+)+$/;

/** Metrics that only Prometheus or the gateway writes. */
const reservedNames =
  /^(?:up|ALERTS|ALERTS_FOR_STATE|scrape_(?:duration_seconds|samples_scraped|samples_post_metric_relabeling|series_added))$/;

const catalogued = new Map(metrics.map(({ name, pushedFamily: family, unit }) => [name, { family, unit }]));

/**
 * Returns the family that stores the samples of a pushed name, and the unit of a name of the catalogue. Throws for a name with a colon, which marks recorded
 * series, and for any other invalid name.
 */
export function resolveName(name: string): { readonly family: string; readonly unit?: string } {
  const known = catalogued.get(name);
  if (known !== undefined) return known;
  if (reservedNames.test(name)) throw new Error(`only Prometheus and the gateway write ${name}`);
  if (familyForm.test(name)) return { family: name };
  if (dottedForm.test(name)) return { family: `hostpulse_${underscored(name)}` };
  throw new Error(
    `expected a dotted name (cpu.usage.total) or a family name (letters, digits and _), got ${JSON.stringify(name)}`,
  );
}

/** Spellings that agents use for a unit of the catalogue. */
const spellings: Readonly<Record<string, readonly string[]>> = {
  percent: ['%', 'pct'],
  bytes: ['byte', 'B'],
  'bytes/s': ['bytes_per_second', 'bytes per second', 'B/s'],
  'ops/s': ['ops_per_second', 'iops'],
  'packets/s': ['packets_per_second'],
  'errors/s': ['errors_per_second'],
  count: ['', '1', 'none', 'packets', 'errors', 'ops'],
  load: ['', '1', 'none', 'count'],
};

export function isSameUnit(given: string, catalogued: string): boolean {
  return given === catalogued || spellings[catalogued]?.includes(given) === true;
}

/** The labels that identify what a series is about. Absent labels are empty. */
export interface SeriesIdentity {
  readonly name: string;
  readonly job: string;
  readonly alertname: string;
  readonly instance: string;
}

/** Jobs of hostpulse's own programs: prometheus.yml scrapes them, and alerts about the programs select them. */
const ownJobs: ReadonlySet<string> = new Set(['prometheus', 'alertmanager', 'gateway', 'relay']);
/** Metrics of those programs, which alerts select by name alone. */
const ownNames = /^(?:prometheus|alertmanager|hostpulse_gateway|hostpulse_relay)_/;
const alertNames = /^ALERTS(?:_FOR_STATE)?$/;

const recordedNames: ReadonlySet<string> = new Set(
  metrics.flatMap((metric) =>
    recordedTierNames.flatMap((tier) =>
      operationsOf(metric).map((operation) => recordingName(metric, operation, tier)),
    ),
  ),
);
const ownAlerts: ReadonlySet<string> = new Set(
  alertGroups.flatMap(({ rules }) => rules.flatMap((rule) => ('alert' in rule ? [rule.alert] : []))),
);

/**
 * Returns whether `reservedFault` may refuse a series of that name for anyone: false for nearly all series, so that their other
 * labels need not be read.
 */
export function mayBeReserved(name: string): boolean {
  return name.includes(':') || alertNames.test(name) || ownNames.test(name);
}

/**
 * Returns why the series must not be pushed; undefined for a series that may be. Series of the rules and alerts of other
 * Prometheus servers are accepted unless they have the names of hostpulse's own. A credential that is bound to a host
 * (`isBound`) writes about its host only: no recorded series, no alerts and nothing of hostpulse's own programs.
 */
export function reservedFault(
  { name, job, alertname, instance }: SeriesIdentity,
  { isBound }: { readonly isBound: boolean },
): string | undefined {
  if (recordedNames.has(name)) return `${name} is recorded by the rules of hostpulse`;
  if (alertNames.test(name) && (isBound || ownAlerts.has(alertname)))
    return isBound ? `only Prometheus writes ${name}` : `${name} of ${alertname} is an alert of hostpulse`;
  if (isForgedUp(name, job, instance)) return 'up of the job node is of a host, and the instance is no host name';
  if (!isBound) return undefined;
  if (name.includes(':')) return 'names of recorded series are reserved: the key is bound to a host';
  if (ownJobs.has(job)) return `the job ${job} is reserved: the key is bound to a host`;
  return ownNames.test(name) ? `the metrics of ${job === '' ? 'hostpulse' : 'its'} programs are reserved` : undefined;
}

/** Returns whether the series would be a host in lists and alerts although its instance cannot be the name of a host. */
export function isForgedUp(name: string, job: string, instance: string): boolean {
  return name === 'up' && job === hostJob && !isHostName(instance);
}

/** Stored names of the catalogue's metrics, as a push of dotted names stores them. */
export const catalogueFamilies: ReadonlySet<string> = new Set(metrics.map(({ pushedFamily }) => pushedFamily));

/** Returns whether a series makes its instance a host: one that has `up`, HostDown and a row in the list of hosts. */
export function isOfHost(name: string, job: string, instance: string): boolean {
  return (job === hostJob || catalogueFamilies.has(name)) && isHostName(instance);
}

/** Returns whether the value of a label `instance` can be the name of a host. */
export function isHostName(instance: string): boolean {
  return hostName.safeParse(instance).success && !/["'`]/.test(instance);
}
