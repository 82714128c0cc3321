/** Passes calls of Prometheus' query API through: parameters in Prometheus' spelling, answers unchanged. */
import { z } from 'zod';
import { parseDuration } from '../../common/program/settings/units.ts';
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import { PrometheusError } from '../../common/prometheus/error.ts';
import { tryRefusal } from '../../common/prometheus/query.ts';
import { parseRfc3339 } from '../../common/time/rfc3339.ts';
import type { QueryLimits } from './limits.ts';

/** Matches decimal numbers as Go's `strconv.ParseFloat` accepts them, with an exponent such as in `1.784144612388E9`. */
const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/;
const maxDigits = 64;

/** Returns NaN for other text. */
function parseDecimal(raw: string): number {
  return raw.length <= maxDigits && decimal.test(raw) ? Number(raw) : Number.NaN;
}

/** RFC 3339 or seconds since the epoch, as in Prometheus. Parsed to seconds. */
export const prometheusTime = z
  .string()
  .transform((raw, context) => {
    const plain = parseDecimal(raw);
    const seconds = Number.isNaN(plain) ? (parseRfc3339(raw) ?? Number.NaN) / 1_000 : plain;
    const isMilliseconds = Math.abs(seconds) >= 1e11;
    if (Number.isFinite(seconds) && !isMilliseconds) return seconds;
    context.addIssue({
      code: 'custom',
      message: isMilliseconds
        ? `expected seconds since the epoch, got ${raw}, which looks like milliseconds`
        : `expected a time in RFC 3339 or in seconds since the epoch, got ${JSON.stringify(raw)}`,
    });
    return z.NEVER;
  })
  .meta({ description: 'RFC 3339, or seconds since the epoch.' });

/** The longest duration that Prometheus accepts; a longer one overflows its nanoseconds. */
const maxSpanSeconds = 2 ** 63 / 1e9;

/** A duration or seconds. Parsed to seconds. */
export const prometheusSpan = z
  .string()
  .transform((raw, context) => {
    const plain = parseDecimal(raw);
    const seconds = Number.isNaN(plain) ? (parseDuration(raw) ?? 0) / 1_000 : plain;
    if (seconds > 0 && seconds < maxSpanSeconds) return seconds;
    context.addIssue({
      code: 'custom',
      message: `expected a duration such as 30s, or seconds; got ${JSON.stringify(raw)}`,
    });
    return z.NEVER;
  })
  .meta({ description: 'A duration (`30s`), or seconds.' });

/** Parameters of both calls besides the times, passed to Prometheus unchanged. */
export const queryParameters = {
  query: z.string().min(1, 'expected a PromQL expression').max(100_000),
  timeout: prometheusSpan.optional(),
  limit: z
    .string()
    .regex(/^\d{1,9}$/, 'expected a number of series')
    .optional(),
  lookback_delta: prometheusSpan.optional(),
  stats: z.string().max(100).optional(),
};

/** Parameters of the calls about series: selectors and a range of time. */
export const seriesParameters = {
  'match[]': z
    .array(z.string().min(1, 'expected a selector').max(100_000))
    .max(1_000)
    .optional()
    .meta({ description: 'Selectors, such as `up{job="node"}`; the answer covers the series that match any of them.' }),
  start: prometheusTime.optional(),
  end: prometheusTime.optional(),
  limit: queryParameters.limit,
};

/** The response of Prometheus to a call that lists names or values. */
export const namesAnswer = z.object({
  status: z.literal('success'),
  data: z.array(z.string()),
  warnings: z.array(z.string()).optional(),
});

/** The response of Prometheus. `result` is not checked. */
export const prometheusAnswer = z.object({
  status: z.literal('success'),
  data: z.looseObject({ resultType: z.enum(['vector', 'matrix', 'scalar', 'string']), result: z.array(z.unknown()) }),
  warnings: z.array(z.string()).optional(),
  infos: z.array(z.string()).optional(),
});

export interface PassedCall {
  readonly prometheus: PrometheusConnection;
  readonly limits: QueryLimits;
  /** POST sends the parameters as a form, which has no length limit. */
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly parameters: Readonly<Record<string, string | number | readonly string[] | undefined>>;
  /** Timeout requested by the caller, in seconds. The configured timeout is the limit. */
  readonly timeout?: number | undefined;
  readonly signal: AbortSignal;
}

/** Returns the body of Prometheus unchanged. Throws a `PrometheusError` for an error answer and for more series than the limit. */
export async function passCall(passed: PassedCall): Promise<Buffer> {
  const { prometheus, limits, method, path, parameters, timeout, signal } = passed;
  const timeoutMs = Math.min(limits.timeoutMs, (timeout ?? Infinity) * 1_000);
  const given = new URLSearchParams({ timeout: `${timeoutMs / 1_000}` });
  for (const [name, value] of Object.entries(parameters))
    for (const each of Array.isArray(value) ? (value as readonly string[]) : [value])
      if (each !== undefined) given.append(name, String(each));
  const answer = await prometheus.call({ method, path, parameters: given, signal, timeoutMs });
  const refusal = tryRefusal(answer);
  if (refusal !== undefined) throw refusal;
  const series = countSeries(answer.body);
  if (series <= limits.maxSeries) return answer.body;
  const message = `the answer has ${series} series, and ${limits.maxSeries} are the limit; ask for fewer, or aggregate`;
  throw new PrometheusError(message, { fault: 'too_large' });
}

/** Cannot occur inside a JSON string, where quotes are escaped. */
const seriesStart = Buffer.from('"metric":{');

/** Counts without parsing, because parsing megabytes would block other requests. */
function countSeries(body: Buffer): number {
  let count = 0;
  for (let at = body.indexOf(seriesStart); at !== -1; at = body.indexOf(seriesStart, at + seriesStart.length))
    count += 1;
  return count;
}
