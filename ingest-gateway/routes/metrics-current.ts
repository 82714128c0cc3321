/** The latest value of each catalogue metric, host by host. */
import { z } from 'zod';
import { metrics } from '../../common/catalogue/index.ts';
import { currentExpression } from '../../common/catalogue/queries.ts';
import { type InstantSample, queryInstant } from '../../common/prometheus/query.ts';
import { hostMatchers } from '../hosts-of.ts';
import { hostName, metricName } from '../parameter-kinds.ts';
import { defineRoute, ok } from '../route.ts';
import { splitLabels } from '../series-labels.ts';

const value = z.object({
  metric: z.string(),
  unit: z.string(),
  labels: z.record(z.string(), z.string()),
  /** Null for NaN and the infinities, which JSON cannot say. */
  value: z.number().nullable(),
});
type Value = z.output<typeof value>;

export const metricsCurrent = defineRoute({
  name: 'metrics-current',
  methods: ['GET'],
  path: '/api/v1/metrics/current',
  scope: 'read',
  summary: 'Latest value of each catalogue metric for each host',
  parameters: z.strictObject({
    host: z.array(hostName).max(1_000).optional(),
    metric: z.array(metricName).max(metrics.length).optional(),
  }),
  answer: z.object({
    time: z.iso.datetime(),
    hosts: z.array(z.object({ host: z.string(), values: z.array(value) })),
  }),
  async handle({ parameters, principal, signal }, { prometheus, now }) {
    const timeMs = now();
    const asked = [...new Set(parameters.metric ?? metrics)];
    const matchers = hostMatchers(parameters.host, principal);
    const answers = await Promise.all(
      asked.map((metric) =>
        queryInstant(prometheus, { expression: currentExpression(metric, matchers), timeMs, signal }),
      ),
    );
    const byHost = new Map<string, Value[]>();
    for (const [index, { name, unit }] of asked.entries()) {
      for (const sample of answers[index] ?? []) add(byHost, sample, { metric: name, unit });
    }
    const hosts = [...byHost].map(([host, values]) => ({ host, values }));
    return ok({ time: new Date(timeMs).toISOString(), hosts: hosts.sort((a, b) => (a.host < b.host ? -1 : 1)) });
  },
});

function add(byHost: Map<string, Value[]>, sample: InstantSample, metric: Pick<Value, 'metric' | 'unit'>): void {
  const { host, labels } = splitLabels(sample.labels);
  if (host === undefined) return;
  const values = byHost.get(host) ?? [];
  if (values.length === 0) byHost.set(host, values);
  values.push({ ...metric, labels, value: Number.isFinite(sample.value) ? sample.value : null });
}
