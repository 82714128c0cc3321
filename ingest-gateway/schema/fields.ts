/** Schemas of parameters and members that several calls take. */
import { z } from 'zod';
import { allMetrics, type CatalogueMetric, metricByName } from '../../common/catalogue/metrics.ts';
import { parseDuration } from '../../common/program/settings/units.ts';
import { parseRfc3339 } from '../../common/time/rfc3339.ts';
import { explainMetric } from './metric-suggestion.ts';

/** Any well-formed text without control characters and line separators: queries escape it. */
export const hostName = z
  .string()
  .regex(
    /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]{1,253}$/u,
    'expected a host name of 1 to 253 characters without control characters',
  )
  .meta({ description: 'Host name: the value of the `instance` label.', examples: ['web-1'] });

const names = new Set(allMetrics.map(({ name }) => name));

/** The dotted name of a catalogue metric; becomes the metric. */
export const metricName = z
  .string()
  .transform((name, context): CatalogueMetric => {
    const metric = metricByName(name);
    if (metric !== undefined) return metric;
    context.addIssue({ code: 'custom', message: explainMetric(name) });
    return z.NEVER;
  })
  .meta({ description: 'Dotted name of a catalogue metric.', enum: [...names], examples: ['cpu.usage.total'] });

/** RFC 3339 or epoch milliseconds; becomes epoch milliseconds. */
export const instant = z
  .string()
  .transform((raw, context) => {
    const timeMs = /^\d{1,16}$/.test(raw) ? Number(raw) : parseInstant(raw);
    const isSeconds = timeMs !== undefined && isLikelySeconds(timeMs);
    if (timeMs !== undefined && timeMs <= maxTimeMs && !isSeconds) return timeMs;
    context.addIssue({
      code: 'custom',
      message: isSeconds
        ? `expected milliseconds since the epoch, got ${raw}, which looks like seconds`
        : `expected a time in RFC 3339 (2026-01-31T12:00:00Z) or in milliseconds since the epoch, got ${JSON.stringify(raw)}`,
    });
    return z.NEVER;
  })
  .meta({ description: 'RFC 3339, or milliseconds since the epoch.', examples: ['2026-01-31T12:00:00Z'] });

/** The range of `Date`: ECMA-262, section 21.4.1.1. */
const maxTimeMs = 8.64e15;

/** Seconds from 2001 to 2286: as milliseconds, they are the first months of 1970. */
const isLikelySeconds = (time: number): boolean => time >= 1e9 && time < 1e10;

/** Accepts a space for the `+` of the offset: an unescaped `+` in a URL decodes to a space. */
function parseInstant(raw: string): number | undefined {
  return parseRfc3339(raw.replace(/ (?=\d\d:\d\d$)/, '+'));
}

/** `30s`, `1h30m`, or seconds as a number, which Prometheus also takes; becomes milliseconds. */
export const timeSpan = z
  .string()
  .transform((raw, context) => {
    const spanMs = /^\d{1,10}(?:\.\d{1,3})?$/.test(raw) ? Math.round(Number(raw) * 1_000) : parseDuration(raw);
    if (spanMs !== undefined && spanMs > 0 && spanMs <= maxTimeMs) return spanMs;
    context.addIssue({
      code: 'custom',
      message: `expected a duration such as 30s, 24h or 7d, or seconds; got ${JSON.stringify(raw)}`,
    });
    return z.NEVER;
  })
  .meta({ description: 'A duration: `30s`, `24h`, `7d`, or seconds.', examples: ['24h'] });
