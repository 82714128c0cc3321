/** PromQL from outside, passed through: parameters in Prometheus' own spelling, answers as the bytes that came. */
import { z } from 'zod';
import { parseDuration } from '../../common/program/settings/units.ts';
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import { PrometheusError } from '../../common/prometheus/error.ts';
import { tryRefusal } from '../../common/prometheus/query.ts';
import type { QueryLimits } from '../services.ts';

/** RFC 3339 or seconds since the epoch, as Prometheus takes them; becomes seconds. */
export const prometheusTime = z
  .string()
  .transform((raw, context) => {
    const seconds = /^-?\d{1,12}(?:\.\d{1,9})?$/.test(raw) ? Number(raw) : Date.parse(raw) / 1_000;
    if (Number.isFinite(seconds)) return seconds;
    context.addIssue({
      code: 'custom',
      message: `expected a time in RFC 3339 or in seconds since the epoch, got ${JSON.stringify(raw)}`,
    });
    return z.NEVER;
  })
  .meta({ description: 'RFC 3339, or seconds since the epoch.' });

/** A duration or seconds; becomes seconds. */
export const prometheusSpan = z
  .string()
  .transform((raw, context) => {
    const seconds = /^\d{1,10}(?:\.\d{1,9})?$/.test(raw) ? Number(raw) : (parseDuration(raw) ?? 0) / 1_000;
    if (seconds > 0) return seconds;
    context.addIssue({
      code: 'custom',
      message: `expected a duration such as 30s, or seconds; got ${JSON.stringify(raw)}`,
    });
    return z.NEVER;
  })
  .meta({ description: 'A duration (`30s`), or seconds.' });

/** What both calls take beside their times; Prometheus reads these as they came. */
export const queryParameters = {
  query: z.string().min(1, 'expected a PromQL expression').max(100_000),
  timeout: prometheusSpan.optional(),
  limit: z
    .string()
    .regex(/^\d{1,9}$/, 'expected a number of series')
    .optional(),
  lookback_delta: prometheusSpan.optional(),
  stats: z.enum(['all', 'true'], { error: 'expected all' }).optional(),
};

/** Prometheus' shapes; `result` is its business. */
export const prometheusAnswer = z.object({
  status: z.literal('success'),
  data: z.looseObject({ resultType: z.enum(['vector', 'matrix', 'scalar', 'string']), result: z.array(z.unknown()) }),
  warnings: z.array(z.string()).optional(),
  infos: z.array(z.string()).optional(),
});

export interface PassedQuery {
  readonly prometheus: PrometheusConnection;
  readonly limits: QueryLimits;
  readonly path: '/api/v1/query' | '/api/v1/query_range';
  readonly parameters: Readonly<Record<string, string | number | undefined>>;
  /** What the caller asked for, in seconds; ours is the limit. */
  readonly timeout: number | undefined;
  readonly signal: AbortSignal;
}

/** Prometheus' answer, byte for byte. Throws a `PrometheusError` for a refusal, and for more series than the limit. */
export async function passQuery(query: PassedQuery): Promise<Buffer> {
  const { prometheus, limits, path, parameters, timeout, signal } = query;
  const timeoutMs = Math.min(limits.timeoutMs, (timeout ?? Infinity) * 1_000);
  const given = new URLSearchParams({ timeout: `${timeoutMs / 1_000}` });
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) given.set(name, String(value));
  const answer = await prometheus.call({ method: 'POST', path, parameters: given, signal, timeoutMs });
  const refusal = tryRefusal(answer);
  if (refusal !== undefined) throw refusal;
  const series = countSeries(answer.body);
  if (series <= limits.maxSeries) return answer.body;
  const message = `the answer has ${series} series, and ${limits.maxSeries} are the limit; ask for fewer, or aggregate`;
  throw new PrometheusError(message, { fault: 'too_large' });
}

/** Inside of a JSON text this cannot occur: its quotes would be escaped. */
const seriesStart = Buffer.from('"metric":{');

/** Without parsing: megabytes of numbers would block every other request. */
function countSeries(body: Buffer): number {
  let count = 0;
  for (let at = body.indexOf(seriesStart); at !== -1; at = body.indexOf(seriesStart, at + seriesStart.length))
    count += 1;
  return count;
}
