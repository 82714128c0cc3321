/** Returns a metric over time, at a resolution that fits the range. */
import { z } from 'zod';
import { operationsOf } from '../../../common/catalogue/metrics.ts';
import { chooseTier } from '../../../common/catalogue/tier-choice.ts';
import { type TierName } from '../../../common/catalogue/tiers.ts';
import { HttpProblem } from '../../../common/http/problem.ts';
import { hostMatchers } from '../../auth/host-scope.ts';
import { readHistory } from '../../query/history.ts';
import { resolveTimeRange, timeRangeParameters } from '../../query/time-range.ts';
import { hostName, metricName, timeSpan } from '../../schema/fields.ts';
import { defineRoute, ok } from '../route.ts';

const series = z.object({
  host: z.string(),
  labels: z.record(z.string(), z.string()),
  /** Epoch milliseconds, and the value: null for NaN and the infinities, which JSON does not have. */
  points: z.array(z.tuple([z.number(), z.number().nullable()])),
});

export const metricsHistory = defineRoute({
  name: 'metrics-history',
  methods: ['GET'],
  path: '/api/v1/metrics/history',
  scope: 'read',
  summary: 'A metric over time; the default resolution and step follow from the range',
  parameters: z.strictObject({
    metric: metricName,
    host: z.array(hostName).max(1_000).optional(),
    ...timeRangeParameters,
    step: timeSpan.optional(),
    resolution: z.enum(['auto', 'raw', '1m', '5m'], { error: 'expected auto, raw, 1m or 5m' }).default('auto').meta({
      description:
        'Raw samples are kept for 24 h, 1m for 7 d, 5m for 30 d; auto selects the finest resolution that covers the range.',
    }),
    operation: z
      .enum(['avg', 'max'], { error: 'expected avg or max' })
      .default('avg')
      .meta({ description: 'The mean of each step, or the maximum for metrics whose maximum the catalogue keeps.' }),
  }),
  response: z.object({
    metric: z.string(),
    unit: z.string(),
    resolution: z.enum(['raw', '1m', '5m']),
    operation: z.enum(['avg', 'max']),
    step_seconds: z.number(),
    start: z.iso.datetime(),
    end: z.iso.datetime(),
    series: z.array(series),
  }),
  problems: [422],
  async handle({ parameters, principal, signal }, { prometheus, limits, now }) {
    const { metric, host, step: stepMs, resolution, operation } = parameters;
    const nowMs = now();
    const { startMs, endMs } = resolveTimeRange(parameters, nowMs);
    if (!operationsOf(metric).includes(operation))
      throw refused('operation', `${metric.name}: only its mean is kept; expected avg`);
    const matchers = hostMatchers(host, principal);
    const choice = chooseTier({
      startMs,
      endMs,
      nowMs,
      keptMs: limits.keptMs,
      ...(stepMs === undefined ? {} : { stepMs }),
      ...(resolution === 'auto' ? {} : { requested: resolution satisfies TierName }),
    });
    if (!choice.ok)
      throw refused(choice.reason === 'beyond retention' ? 'start' : 'step', choice.message.replace(/^\w+: /, ''));
    const found = await readHistory({ prometheus, limits, metric, operation, choice, matchers, signal });
    return ok({
      metric: metric.name,
      unit: metric.unit,
      resolution: choice.tier.name,
      operation,
      step_seconds: choice.stepMs / 1_000,
      start: new Date(startMs).toISOString(),
      end: new Date(endMs).toISOString(),
      series: [...found],
    });
  },
});

function refused(path: string, message: string): HttpProblem {
  return new HttpProblem(400, 'the parameters are not valid', { errors: [{ path, message }] });
}
