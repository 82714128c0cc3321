/**
 * Decodes the text of `POST /api/v1/metrics/collect` into the batch of its host. Rejects invalid samples and keeps the valid samples of the
 * same body. The schemas are written in zod, which documents the API, and are compiled at start into faster checks for the samples.
 */
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { z } from 'zod';
import { HttpProblem } from '../../../common/http/problem.ts';
import { requireHost } from '../../auth/credentials.ts';
import { hostHeader } from '../../auth/rate-limits.ts';
import { hostName } from '../../schema/fields.ts';
import { parseRfc3339 } from '../../schema/rfc3339.ts';
import type { HostGate, PushGate, SeriesHash } from '../active-series/series-limits.ts';
import { createBatchBuilder, type HostBatch } from '../host-batch.ts';
import {
  type CachedSeries,
  checkLabel,
  createHostLabelsCache,
  createLabelCache,
  type HostLabels,
  type LabelCache,
  SeriesError,
} from '../label-cache.ts';
import { isSameUnit, pushLimits, type Rejections, type RejectReason, timeFault } from '../sample-checks.ts';

/** Parses the envelope; its samples are not checked yet. Throws an `HttpProblem` 400 with the path of the fault. */
function parseEnvelope(body: Uint8Array): CollectEnvelope {
  const envelope = parseJson(body);
  const fault = checkEnvelope(envelope);
  if (fault !== undefined) throw malformed(fault.path === '' ? 'body' : fault.path, fault.message);
  const { labels = {} } = envelope as CollectEnvelope;
  const count = Object.keys(labels).length;
  if (count > pushLimits.maxLabels)
    throw malformed('labels', `expected at most ${pushLimits.maxLabels} labels, got ${count}`);
  for (const [label, value] of Object.entries(labels)) {
    try {
      checkLabel(label, value, 'labels');
    } catch (error) {
      if (error instanceof SeriesError) throw malformed(error.path, error.message);
      throw error;
    }
  }
  return envelope as CollectEnvelope;
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.length).toString('utf8'));
  } catch (cause) {
    throw malformed('body', `expected JSON: ${(cause as Error).message.slice(0, 200)}`);
  }
}

function malformed(path: string, message: string): HttpProblem {
  return new HttpProblem(400, 'the body is not valid', { errors: [{ path, message }] });
}

export interface CollectContext {
  /** The only host that the caller may write for; undefined for any host. */
  readonly boundHost: string | undefined;
  /** The host that the request's header names, and for which the quota counts the push. The body must name the same host. */
  readonly namedHost?: string | undefined;
  readonly gate: PushGate;
  readonly rejections: Rejections;
  readonly nowMs: number;
  readonly maxSamples: number;
}

/**
 * Returns a decoder that caches the labels of earlier pushes. The decoder throws an `HttpProblem`: 400 for an invalid envelope, 403 when the
 * credential is bound to another host or has reached its limit of hosts, 413 for more than `maxSamples` samples.
 */
export function createCollectDecoder(hash: SeriesHash) {
  const builder = createBatchBuilder();
  const hostLabels = createHostLabelsCache();
  const cache = createLabelCache();
  return (text: Uint8Array, context: CollectContext) => {
    const { host: name, labels, metrics } = parseEnvelope(text);
    requireHost(context.boundHost, name);
    if (context.namedHost !== undefined && context.namedHost !== name)
      throw new HttpProblem(400, 'the header and the body name different hosts', {
        errors: [{ path: hostHeader, message: `expected ${JSON.stringify(name)}, the body's host` }],
      });
    const host = hostLabels(name, labels);
    const gate = context.gate.open(name, { isHost: true, labels: host });
    if (typeof gate === 'string') throw new HttpProblem(403, gate);
    const batch = builder.begin(host);
    const hashOf = (series: CachedSeries): number => hash(builder.labelsOf(series, host));
    const accepted = collectSamples(metrics, { ...context, host, batch, cache, gate, hashOf });
    return { accepted, batches: batch.samples > 0 ? [{ ...batch.finish(), hostLabels: labels ?? {} }] : [] };
  };
}

interface Collection extends Omit<CollectContext, 'gate'> {
  readonly host: HostLabels;
  readonly batch: HostBatch;
  readonly cache: LabelCache;
  readonly gate: HostGate;
  readonly hashOf: (series: CachedSeries) => number;
}

/** Adds every valid sample to the batch. Returns the number of accepted samples; throws 413 beyond the limit of samples. */
function collectSamples(metrics: readonly unknown[], collection: Collection): number {
  const { boundHost, host, batch, cache, gate, hashOf, rejections, nowMs, maxSamples } = collection;
  let accepted = 0;
  let seen = 0;

  function reject(index: number, path: string, reason: RejectReason, message: string, samples = 1): void {
    rejections.add(
      { index, path: path === '' ? `metrics[${index}]` : `metrics[${index}].${path}`, reason, message },
      samples,
    );
  }

  /** Returns undefined for a series that cannot be stored, after it rejected the samples. */
  function seriesOf(entry: PushedSample | PushedSeries, index: number, samples: number): CachedSeries | undefined {
    try {
      const series = cache.find(entry.name, entry.tags, host);
      if (boundHost !== undefined && series.reserved !== undefined)
        throw new SeriesError('reserved', 'name', series.reserved);
      if (entry.unit === undefined || series.unit === undefined || isSameUnit(entry.unit, series.unit)) {
        const fault = gate.isRepeated(series.id) ? undefined : gate.admit(hashOf(series), series.id);
        if (fault === undefined) return series;
        reject(index, '', 'limit', fault, samples);
      } else reject(index, 'unit', 'unit', `expected ${series.unit}, got ${JSON.stringify(entry.unit)}`, samples);
    } catch (error) {
      if (!(error instanceof SeriesError)) throw error;
      reject(index, error.path, error.reason, error.message, samples);
    }
    return undefined;
  }

  /** `point` is the sample's index in the points of its entry; -1 for an entry that is one sample. */
  function add(series: CachedSeries, timestampMs: number, value: number | null, index: number, point: number): void {
    const fault = timeFault(timestampMs, nowMs);
    if (fault !== undefined) rejectPoint(index, point, ...fault);
    else if (batch.add(series, timestampMs, value) !== 'other') accepted += 1;
    else rejectPoint(index, point, 'duplicate', 'the push holds another value for the same series and time');
  }

  function rejectPoint(index: number, point: number, reason: RejectReason, message: string): void {
    reject(index, point === -1 ? 'timestamp' : `points[${point}]`, reason, message);
  }

  function addSample(sample: PushedSample, index: number): void {
    seen += 1;
    const fault = checkSample(sample);
    if (fault !== undefined) return reject(index, fault.path, 'malformed', fault.message);
    const series = seriesOf(sample, index, 1);
    if (series === undefined) return;
    const { timestamp = nowMs } = sample;
    const timestampMs = typeof timestamp === 'number' ? timestamp : parseRfc3339(timestamp);
    if (timestampMs === undefined)
      return reject(
        index,
        'timestamp',
        'malformed',
        'expected milliseconds since the epoch, or a time of RFC 3339 that exists',
      );
    add(series, timestampMs, numberOf(sample.value), index, -1);
  }

  function addSeries(pushed: PushedSeries, index: number): void {
    const count = Array.isArray(pushed.points) ? pushed.points.length : 1;
    seen += count;
    const fault = checkSeries(pushed);
    if (fault !== undefined) return reject(index, fault.path, 'malformed', fault.message, count);
    const series = seriesOf(pushed, index, count);
    if (series === undefined) return;
    const points = pushed.points;
    for (let at = 0; at < points.length; at++) {
      const point = points[at] as [number, number | string | null]; // destructuring would cost an iterator
      add(series, point[0], numberOf(point[1]), index, at);
    }
  }

  for (let index = 0; index < metrics.length; index++) {
    const entry = metrics[index];
    if (typeof entry === 'object' && entry !== null && 'points' in entry) addSeries(entry as PushedSeries, index);
    else addSample(entry as PushedSample, index);
    if (seen > maxSamples) throw new HttpProblem(413, `a push holds at most ${maxSamples} samples`);
  }
  return accepted;
}

/** Reads the texts for values that JSON cannot express. */
function numberOf(value: number | string | null): number | null {
  if (typeof value !== 'string') return value;
  if (value === 'NaN') return Number.NaN;
  return value === '-Inf' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

const labels = z.record(z.string(), z.string());
const unit = z.string().max(64).optional().meta({
  description: "The catalogue's unit for a metric of the catalogue. Any text for other metrics; it is not stored.",
});
const type = z.enum(['counter', 'gauge', 'untyped', 'unknown', 'histogram', 'summary']).optional();
const name = z.string().min(1).max(pushLimits.maxNameLength);

/** Values that JSON numbers cannot express. */
const notFinite = z.enum(['NaN', '+Inf', '-Inf', 'Inf']);
const number = z.union([z.number(), notFinite]);

export const pushedSample = z
  .strictObject({
    name: name.meta({
      description: 'A dotted name, or a Prometheus metric name.',
      examples: ['cpu.usage.total'],
    }),
    value: number,
    unit,
    type,
    tags: labels.optional(),
    timestamp: z
      .union([z.number(), z.string()])
      .optional()
      .meta({ description: 'Milliseconds since the epoch, or RFC 3339; the time of the push when absent.' }),
  })
  .meta({ id: 'PushedSample', description: 'One sample.' });

export const pushedSeries = z
  .strictObject({
    name: name.meta({ examples: ['node_cpu_seconds_total'] }),
    points: z
      .array(z.tuple([z.number(), z.union([number, z.null()])]))
      .min(1)
      .max(pushLimits.maxSamples)
      .meta({ description: '[milliseconds, value] in time order; null ends the series at that time.' }),
    unit,
    type,
    tags: labels.optional(),
  })
  .meta({ id: 'PushedSeries', description: 'A series with one or more points.' });

const envelope = {
  host: hostName,
  labels: labels.optional().meta({
    description: 'Labels for every series of the push, such as env or rack; the gateway sets instance and job.',
  }),
};

export const collectBody = z
  .strictObject({ ...envelope, metrics: z.array(z.union([pushedSample, pushedSeries])).max(pushLimits.maxSamples) })
  .meta({ id: 'CollectBody' });

export type PushedSample = z.infer<typeof pushedSample>;
export type PushedSeries = z.infer<typeof pushedSeries>;

interface CollectEnvelope {
  readonly host: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Not checked yet. */
  readonly metrics: readonly unknown[];
}

interface ShapeFault {
  /** Path within the checked value, such as `tags.device`; empty for the value itself. */
  readonly path: string;
  readonly message: string;
}

const ajv = new Ajv2020({ allErrors: false, strict: true, allowUnionTypes: true, unicodeRegExp: true });

const checkEnvelope = compile(
  z.strictObject({ ...envelope, metrics: z.array(z.unknown()).max(pushLimits.maxSamples) }),
);
const checkSample = compile(pushedSample);
const checkSeries = compile(pushedSeries);

/** Returns a check that returns undefined for a valid value. */
function compile(schema: z.ZodType): (value: unknown) => ShapeFault | undefined {
  const shape = z.toJSONSchema(schema, { io: 'input', reused: 'inline' });
  const validate: ValidateFunction = ajv.compile(withoutAnnotations(shape) as object);
  return (value) => {
    if (validate(value)) return undefined;
    const [error] = validate.errors ?? [];
    return error === undefined ? { path: '', message: 'does not match the schema' } : explain(error);
  };
}

/** Removes keys that only documents need. With ids, ajv would register the schemas. */
function withoutAnnotations(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutAnnotations);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key]) => !['$schema', 'id', '$id', 'description', 'examples'].includes(key))
      .map(([key, value]) => [key, withoutAnnotations(value)]),
  );
}

function explain({ instancePath, keyword, params, message = 'does not match the schema' }: ErrorObject): ShapeFault {
  const path = instancePath.slice(1).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~');
  const given = params as Readonly<Record<string, unknown>>;
  if (keyword === 'additionalProperties')
    return { path, message: `unknown key ${JSON.stringify(given['additionalProperty'])}` };
  if (keyword === 'required') return { path, message: `expected a key ${JSON.stringify(given['missingProperty'])}` };
  if (keyword === 'enum') return { path, message: `expected one of ${String(given['allowedValues'])}` };
  return { path, message: `expected: ${message}` };
}
