/** Translates an export request to Prometheus samples. A fault of one point rejects that point only. */

import { HttpProblem } from '../../common/http/problem.ts';
import type {
  HistogramPoint,
  Metric,
  NumberPoint,
  Point,
  ResourceMetrics,
  SummaryPoint,
} from '../../common/otlp/metrics-data.ts';
import { SeriesError } from '../ingest/label-cache.ts';
import { pushLimits } from '../ingest/limits.ts';
import type { Rejections, RejectReason } from '../ingest/rejection.ts';
import { createHostBatches, type HostBatches } from './host-batches.ts';
import { fitsLabel, labelsOf, maxLabels, renderBound, type Target, targetOf } from './labels.ts';
import { prometheusName } from './prometheus-names.ts';

export interface TranslateOptions {
  /** The host that the API key is bound to: the instance of resources that name none. */
  readonly boundHost: string | undefined;
  /** Throws for a host that the caller must not push for. */
  readonly requireHost: (host: string) => void;
  readonly rejections: Rejections;
  readonly nowMs: number;
}

/** A histogram point is several samples. */
const maxSamples = 4 * pushLimits.maxSamples;

/** Returns the accepted samples, grouped by host. Throws 413 beyond the limit of points, and the errors of `requireHost`. */
export function translate(request: readonly ResourceMetrics[], options: TranslateOptions): HostBatches {
  const batches = createHostBatches();
  const points = request.reduce(
    (sum, { metrics }) => sum + metrics.reduce((count, each) => count + pointsOf(each), 0),
    0,
  );
  if (points > pushLimits.maxSamples) throw tooMany(`${pushLimits.maxSamples} data points`);
  for (const [index, { attributes, metrics }] of request.entries()) {
    const target = targetOf(attributes, options.boundHost);
    const at = `resourceMetrics[${index}]`;
    const { instance } = target;
    if (instance === undefined) {
      const count = metrics.reduce((sum, each) => sum + pointsOf(each), 0);
      const message = 'expected service.instance.id or host.name among the attributes of the resource';
      if (count > 0) options.rejections.add({ index, path: `${at}.resource`, reason: 'label', message }, count);
      continue;
    }
    options.requireHost(instance);
    const newestMs = addMetrics(metrics, { ...target, instance }, { batches, index, at, ...options });
    if (newestMs !== undefined) addInfo({ ...target, instance }, newestMs, batches);
    if (batches.samples > maxSamples) throw tooMany(`${maxSamples} samples, buckets included`);
  }
  return batches;
}

function tooMany(what: string): HttpProblem {
  return new HttpProblem(413, `a request holds at most ${what}`);
}

function pointsOf(metric: Metric): number {
  return 'points' in metric ? metric.points.length : metric.count;
}

interface KnownTarget extends Target {
  readonly instance: string;
}

interface Place extends TranslateOptions {
  readonly batches: HostBatches;
  readonly index: number;
  readonly at: string;
}

/** Returns the newest timestamp of the accepted points; undefined when none was accepted. */
function addMetrics(metrics: readonly Metric[], target: KnownTarget, place: Place): number | undefined {
  let newestMs: number | undefined;
  for (const metric of metrics) {
    const name = prometheusName({ ...metric, kind: nameKind(metric) });
    const path = `${place.at} ${metric.name === '' ? 'a metric without a name' : metric.name.slice(0, 100)}`;
    const reject = (reason: RejectReason, message: string, count = 1): void =>
      place.rejections.add({ index: place.index, path, reason, message }, count);
    const fault = faultOf(metric, name);
    if (fault !== undefined) {
      if (pointsOf(metric) > 0) reject(...fault, pointsOf(metric));
      continue;
    }
    for (const point of 'points' in metric ? metric.points : []) {
      const late = timeFault(point, place.nowMs);
      if (late !== undefined) {
        reject(...late);
        continue;
      }
      try {
        const labels = { ...labelsOf(point.attributes), instance: target.instance, job: target.job };
        // The bound of a bucket is one more label.
        if (Object.keys(labels).length > maxLabels + 2)
          throw new SeriesError('limit', '', `more than ${maxLabels} labels`);
        const add = (suffix: string, extra: Readonly<Record<string, string>>, value: number | null): boolean => {
          const series = { name: name + suffix, labels: { ...labels, ...extra }, ...target };
          return place.batches.add(series, point.timeMs, point.hasEnded ? null : value);
        };
        const refused = addPoint(metric, point, add);
        if (refused !== undefined) reject(...refused);
        else newestMs = Math.max(newestMs ?? 0, point.timeMs);
      } catch (error) {
        if (!(error instanceof SeriesError)) throw error;
        reject(error.reason, `${error.path} ${error.message}`.trim());
      }
    }
  }
  return newestMs;
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

function timeFault({ timeMs }: Point, nowMs: number): Fault | undefined {
  if (timeMs === 0) return ['malformed', 'expected time_unix_nano'];
  if (timeMs > nowMs + pushLimits.maxFutureMs) return ['too_new', "more than 60 s ahead of the gateway's clock"];
  return timeMs < nowMs - pushLimits.maxAgeMs ? ['too_old', 'older than 26 h'] : undefined;
}

type Add = (suffix: string, extra: Readonly<Record<string, string>>, value: number | null) => boolean;

const duplicate: Fault = ['duplicate', 'the request has a different value of the series at this time'];

function addPoint(metric: Metric, point: Point, add: Add): Fault | undefined {
  if (metric.kind === 'histogram') return addHistogram(point as HistogramPoint, add);
  if (metric.kind === 'summary') return addSummary(point as SummaryPoint, add);
  const { value } = point as NumberPoint;
  if (value === undefined && !point.hasEnded) return ['malformed', 'expected as_double or as_int'];
  return add('', {}, value ?? null) ? undefined : duplicate;
}

/** Adds cumulative buckets. The last one is `+Inf` and equals the count. */
function addHistogram({ bounds, bucketCounts, count, sum }: HistogramPoint, add: Add): Fault | undefined {
  const isBare = bucketCounts.length === 0 && bounds.length === 0;
  if (!isBare && bucketCounts.length !== bounds.length + 1)
    return [
      'histogram',
      `expected ${bounds.length + 1} bucket counts for ${bounds.length} bounds, got ${bucketCounts.length}`,
    ];
  if (bounds.some((bound, at) => !(bound > (bounds[at - 1] ?? Number.NEGATIVE_INFINITY))))
    return ['histogram', 'expected bounds in ascending order'];
  if (!add('_count', {}, count)) return duplicate;
  if (sum !== undefined) add('_sum', {}, sum);
  let below = 0;
  for (const [at, bound] of bounds.entries()) {
    below += bucketCounts[at] as number;
    if (bound !== Number.POSITIVE_INFINITY) add('_bucket', { le: renderBound(bound) }, below);
  }
  add('_bucket', { le: '+Inf' }, count);
  return undefined;
}

function addSummary({ count, sum, quantiles }: SummaryPoint, add: Add): Fault | undefined {
  if (!add('_count', {}, count)) return duplicate;
  add('_sum', {}, sum);
  for (const { quantile, value } of quantiles) add('', { quantile: renderBound(quantile) }, value);
  return undefined;
}

/** Adds `target_info` with the resource's attributes, except those that make no valid label, such as a long command line. */
function addInfo(target: KnownTarget, timeMs: number, batches: HostBatches): void {
  const { instance, job } = target;
  const info = new Map([...target.info].filter(([key, value]) => fitsLabel(key, value)).slice(0, maxLabels));
  if (info.size === 0) return;
  batches.add({ name: 'target_info', labels: { ...labelsOf(info), instance, job }, instance, job }, timeMs, 1);
}
