/** Schemas of parameters and members that several calls take. */
import { z } from 'zod';
import { metricByName, metrics } from '../../common/catalogue/index.ts';
import type { CatalogueMetric } from '../../common/catalogue/metric.ts';
import { parseDuration } from '../../common/program/settings/units.ts';
import { explainMetric } from './metric-suggestion.ts';

/** Any text without control characters: queries escape it. */
export const hostName = z
  .string()
  .regex(/^\P{Cc}{1,255}$/u, 'expected a host name of 1 to 255 characters without control characters')
  .meta({ description: 'Host name: the value of the `instance` label.', examples: ['web-1'] });

const names = new Set(metrics.map(({ name }) => name));

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
    const timeMs = /^\d{1,16}$/.test(raw) ? Number(raw) : parseRfc3339(raw);
    if (timeMs !== undefined && timeMs <= maxTimeMs) return timeMs;
    context.addIssue({
      code: 'custom',
      message: `expected a time in RFC 3339 (2026-01-31T12:00:00Z) or in milliseconds since the epoch, got ${JSON.stringify(raw)}`,
    });
    return z.NEVER;
  })
  .meta({ description: 'RFC 3339, or milliseconds since the epoch.', examples: ['2026-01-31T12:00:00Z'] });

/** The range of `Date`: ECMA-262, section 21.4.1.1. */
const maxTimeMs = 8.64e15;

const rfc3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** Accepts a space for the `+` of the offset: an unescaped `+` in a URL decodes to a space. */
function parseRfc3339(raw: string): number | undefined {
  const text = raw.replace(/ (?=\d\d:\d\d$)/, '+');
  if (!rfc3339.test(text)) return undefined;
  const timeMs = Date.parse(text.toUpperCase().replace(' ', 'T'));
  return Number.isNaN(timeMs) ? undefined : timeMs;
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
