/** Translates an export request to Prometheus samples. A fault of one point rejects that point only. */
import { HttpProblem } from '../../common/http/problem.ts';
import type { Metric, Point, ResourceMetrics } from '../../common/otlp/metrics-data.ts';
import type { PushGate, SeriesHash } from '../ingest/active-series/series-limits.ts';
import { SeriesError } from '../ingest/label-cache.ts';
import {
  isOfHost,
  pushLimits,
  type Rejections,
  type RejectReason,
  reservedFault,
  timeFault,
} from '../ingest/sample-checks.ts';
import { createHostBatches, type HostBatches } from './host-batches.ts';
import type { KnownParts } from './known-parts.ts';
import { fitsLabel, labelsOf, maxLabels, type Target, targetOf } from './labels.ts';
import { samplesOf } from './point-samples.ts';
import { prometheusName } from './prometheus-names.ts';
import type { RequestScopes, Scopes } from './scopes.ts';

/** Facts from earlier requests. */
export interface OtlpMemory {
  readonly scopes: Scopes;
  readonly parts: KnownParts;
}

export interface TranslateOptions {
  /** The host that the API key is bound to: the instance of resources that name none. */
  readonly boundHost: string | undefined;
  /** Throws an `HttpProblem` for a host that the caller must not push for. */
  readonly requireHost: (host: string) => void;
  /** Returns whether Prometheus scrapes the target. */
  readonly isScraped: (job: string, instance: string) => boolean;
  readonly memory: OtlpMemory;
  readonly gate: PushGate;
  readonly hash: SeriesHash;
  readonly rejections: Rejections;
  readonly nowMs: number;
}

export interface Translation {
  /** The accepted samples, grouped by host. */
  readonly batches: HostBatches;
  /** The number of rejected points that cannot be read. */
  readonly unreadable: number;
  /** Why `requireHost` refused a resource. */
  readonly forbidden: HttpProblem | undefined;
}

/** A histogram point is several samples. */
const maxSamples = 4 * pushLimits.maxSamples;

/** Throws an `HttpProblem` 413 beyond the limit of points. */
export function translate(request: readonly ResourceMetrics[], options: TranslateOptions): Translation {
  const batches = createHostBatches(options);
  const scopes = options.memory.scopes.begin();
  if (countPoints(request.flatMap(({ metrics }) => metrics)) > pushLimits.maxSamples)
    throw tooMany(`${pushLimits.maxSamples} data points`);
  let unreadable = 0;
  let forbidden: HttpProblem | undefined;
  for (const [index, { attributes, metrics, fault }] of request.entries()) {
    const at = `resourceMetrics[${index}]`;
    const rejectAll = (path: string, reason: RejectReason, message: string): number => {
      const count = Math.max(1, countPoints(metrics));
      options.rejections.add({ index, path, reason, message }, count);
      return count;
    };
    if (fault !== undefined) {
      unreadable += rejectAll(at, 'malformed', `${fault.path}: ${fault.message}`);
      continue;
    }
    const target = targetOf(attributes, options.boundHost);
    const problem = hostProblem(target, options);
    if (problem !== undefined) {
      forbidden ??= problem;
      rejectAll(`${at}.resource`, 'label', problem.message);
      continue;
    }
    const added = addMetrics(metrics, target, { batches, scopes, index, at, ...options });
    unreadable += added.unreadable;
    if (added.newestMs !== undefined) addInfo(target, added.newestMs, batches);
    if (batches.samples > maxSamples) throw tooMany(`${maxSamples} samples, buckets included`);
  }
  return { batches, unreadable, forbidden };
}

function tooMany(what: string): HttpProblem {
  return new HttpProblem(413, `a request holds at most ${what}`);
}

function hostProblem({ instance }: Target, { requireHost }: TranslateOptions): HttpProblem | undefined {
  if (instance === '') return undefined;
  try {
    requireHost(instance);
    return undefined;
  } catch (error) {
    if (error instanceof HttpProblem) return error;
    throw error;
  }
}

function countPoints(metrics: readonly Metric[]): number {
  return metrics.reduce((sum, metric) => sum + pointsOf(metric), 0);
}

function pointsOf(metric: Metric): number {
  return 'points' in metric ? metric.points.length + (metric.faults?.length ?? 0) : metric.count;
}

interface Place extends TranslateOptions {
  readonly batches: HostBatches;
  readonly scopes: RequestScopes;
  readonly index: number;
  readonly at: string;
}

interface Added {
  /** The newest timestamp of the accepted points; undefined when none was accepted. */
  readonly newestMs: number | undefined;
  readonly unreadable: number;
}

function addMetrics(metrics: readonly Metric[], target: Target, place: Place): Added {
  const targetKey = `${target.job}\n${target.instance}`;
  const named = metrics.map((metric) => ({ metric, name: prometheusName({ ...metric, kind: nameKind(metric) }) }));
  for (const { metric, name } of named) if (pointsOf(metric) > 0) place.scopes.note(targetKey, name, metric.scope);
  let newestMs: number | undefined;
  let unreadable = 0;
  for (const { metric, name } of named) {
    const path = `${place.at} ${metric.name === '' ? 'a metric without a name' : metric.name.slice(0, 100)}`;
    const reject = (reason: RejectReason, message: string, count = 1): void =>
      place.rejections.add({ index: place.index, path, reason, message }, count);
    for (const fault of unreadableParts(metric)) reject('malformed', `${fault.path}: ${fault.message}`, fault.count);
    unreadable += unreadableParts(metric).reduce((sum, { count }) => sum + count, 0);
    if (metric.kind === 'malformed') continue;
    const fault = faultOf(metric, name) ?? targetFault(target, name, place);
    if (fault !== undefined) {
      const count = 'points' in metric ? metric.points.length : metric.count;
      if (count > 0) reject(...fault, count);
      continue;
    }
    const scope = place.scopes.labels(targetKey, name, metric.scope);
    for (const point of 'points' in metric ? metric.points : []) {
      const refused = addPoint({ metric, point, name, scope }, target, place);
      if (refused !== undefined) reject(...refused);
      else newestMs = Math.max(newestMs ?? 0, point.timeMs);
    }
  }
  return { newestMs, unreadable };
}

function unreadableParts(
  metric: Metric,
): readonly { readonly path: string; readonly message: string; readonly count: number }[] {
  if (metric.kind === 'malformed' && metric.fault !== undefined) return [{ ...metric.fault, count: metric.count }];
  return 'faults' in metric ? (metric.faults ?? []).map((fault) => ({ ...fault, count: 1 })) : [];
}

function nameKind(metric: Metric): 'gauge' | 'counter' | 'other' {
  if (metric.kind === 'gauge') return 'gauge';
  return metric.kind === 'sum' && metric.isMonotonic ? 'counter' : 'other';
}

type Fault = readonly [RejectReason, string];

function faultOf(metric: Metric, name: string): Fault | undefined {
  if (name === '' || name.length > pushLimits.maxNameLength) return ['name', 'expected a name of letters and digits'];
  if ('count' in metric)
    return metric.kind === 'none'
      ? ['malformed', 'expected gauge, sum, histogram or summary']
      : ['histogram', 'exponential histograms are not supported; send explicit bucket histograms'];
  if (metric.kind === 'summary' || metric.temporality === 'cumulative') return undefined;
  return ['temporality', `${metric.temporality} temporality is not supported; set the exporter to cumulative`];
}

/** Returns why no series of that name may be pushed for the target. Series of scraped hosts are refused when they are queued. */
function targetFault({ job, instance }: Target, name: string, { isScraped }: Place): Fault | undefined {
  if (isOfHost(name, job, instance) || !isScraped(job, instance)) return undefined;
  return ['scraped', `Prometheus scrapes ${job} of ${instance}: a target is scraped or pushed, never both`];
}

/** The labels that the translation itself adds to the series of a point, by kind of metric. */
const generatedLabels: Readonly<Record<string, readonly string[]>> = { histogram: ['le'], summary: ['quantile'] };

interface NamedPoint {
  readonly metric: Metric;
  readonly point: Point;
  readonly name: string;
  readonly scope: Readonly<Record<string, string>>;
}

/** Returns why the point is rejected. */
function addPoint({ metric, point, name, scope }: NamedPoint, target: Target, place: Place): Fault | undefined {
  const { timeMs } = point;
  if (timeMs === 0) return ['malformed', 'expected time_unix_nano'];
  const { job, instance } = target;
  const late = timeFault(timeMs, place.nowMs, 'nanoseconds');
  if (late !== undefined) return late;
  try {
    const own = labelsOf(point.attributes, generatedLabels[metric.kind]);
    if (Object.keys(own).length > maxLabels) throw new SeriesError('limit', '', `more than ${maxLabels} labels`);
    const labels: Readonly<Record<string, string>> = { ...own, ...scope, instance, job };
    const isBound = place.boundHost !== undefined;
    const reserved = reservedFault({ name, job, alertname: labels['alertname'] ?? '', instance }, { isBound });
    if (reserved !== undefined) return ['reserved', reserved];
    const key = () => `${name}\n${JSON.stringify(labels)}`;
    const samples = samplesOf(metric, point, { known: place.memory.parts, key });
    if ('message' in samples) return [samples.reason, samples.message];
    const results = samples.map(({ suffix, extra, value }) =>
      place.batches.add({ name: name + suffix, labels: { ...labels, ...extra }, instance, job }, timeMs, value),
    );
    return results.find((fault) => fault?.[0] === 'limit') ?? results[0];
  } catch (error) {
    if (!(error instanceof SeriesError)) throw error;
    return [error.reason, `${error.path} ${error.message}`.trim()];
  }
}

/** Adds `target_info` with the resource's attributes, except those that make no valid label, such as a long command line. */
function addInfo({ instance, job, info: all }: Target, timeMs: number, batches: HostBatches): void {
  const info = new Map([...all].filter(([key, value]) => fitsLabel(key, value)).slice(0, maxLabels));
  if (info.size === 0) return;
  batches.add({ name: 'target_info', labels: { ...labelsOf(info), instance, job }, instance, job }, timeMs, 1);
}
