/** Calculates how often a rule would have fired in the last 24 h, the retention of raw samples. */
import { z } from 'zod';
import { parseDuration } from '../../../common/program/settings/units.ts';
import type { PrometheusConnection } from '../../../common/prometheus/connection.ts';
import { queryRange } from '../../../common/prometheus/query.ts';
import type { RuleDefinition } from '../rule/schema.ts';
import { conditionOf } from '../rule/stored-rule.ts';
import { createFiringTimes, type FiringSeries } from './firing-times.ts';
import { readSelectorData, selectorData } from './selector-data.ts';

export const dryRunResponse = z.object({
  name: z.string(),
  expression: z.string(),
  start: z.iso.datetime(),
  end: z.iso.datetime(),
  step_seconds: z.number(),
  fired: z.int().meta({ description: 'Total of all series.' }),
  hosts: z.array(z.string()),
  data: z.array(selectorData).meta({ description: 'Selectors of the expression, each with the start of its data.' }),
  alerts: z
    .array(
      z.object({
        host: z.string().optional(),
        labels: z.record(z.string(), z.string()),
        episodes: z
          .array(z.object({ starts_at: z.iso.datetime(), ends_at: z.iso.datetime().optional() }))
          .meta({ description: 'The last 100; without an end the condition still holds.' }),
      }),
    )
    .meta({ description: 'The first 100 series that would have fired.' }),
});

export type DryRunResponse = z.output<typeof dryRunResponse>;

const rangeMs = 24 * 3_600_000;
/** The interval of the default rules. A smaller step would also find shorter spikes. */
const stepMs = 15_000;
/** A single query over a day of many hosts would exceed Prometheus' `--query.max-samples`. */
const partMs = 2 * 3_600_000;
const maxShown = 100;

/** Queries the condition and its selectors. Throws a `PrometheusError`. */
export async function dryRun(
  rule: RuleDefinition,
  {
    prometheus,
    nowMs,
    signal,
  }: { readonly prometheus: PrometheusConnection; readonly nowMs: number; readonly signal: AbortSignal },
): Promise<DryRunResponse> {
  const { expression } = conditionOf(rule);
  const endMs = Math.floor(nowMs / 1_000) * 1_000;
  const startMs = endMs - rangeMs;
  const times = createFiringTimes({ stepMs, forMs: parseDuration(rule.for) ?? 0, endMs });
  for (let fromMs = startMs; fromMs <= endMs; fromMs += partMs) {
    const toMs = Math.min(fromMs + partMs - stepMs, endMs);
    times.add(await queryRange(prometheus, { expression, startMs: fromMs, endMs: toMs, stepMs, signal }));
  }
  const found = times.finish();
  const hosts = new Set(found.map(({ labels }) => labels['instance']).filter((host) => host !== undefined));
  return {
    name: rule.name,
    expression,
    start: new Date(startMs).toISOString(),
    end: new Date(endMs).toISOString(),
    step_seconds: stepMs / 1_000,
    fired: found.reduce((sum, { episodes }) => sum + episodes.length, 0),
    hosts: [...hosts].sort(),
    data: await readSelectorData(expression, { prometheus, startMs, endMs, signal }),
    alerts: found.slice(0, maxShown).map(render),
  };
}

function render({ labels, episodes }: FiringSeries): DryRunResponse['alerts'][number] {
  return {
    ...(labels['instance'] === undefined ? {} : { host: labels['instance'] }),
    labels: { ...labels },
    episodes: episodes.slice(-maxShown).map(({ startsAtMs, endsAtMs }) => ({
      starts_at: new Date(startsAtMs).toISOString(),
      ...(endsAtMs === undefined ? {} : { ends_at: new Date(endsAtMs).toISOString() }),
    })),
  };
}
