/** Reads all alerting rules in Prometheus, from files and from the API, for the page. */
import { z } from 'zod';
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import { PrometheusError } from '../../common/prometheus/error.ts';
import { tryRefusal } from '../../common/prometheus/query.ts';

const texts = z.record(z.string(), z.string());

/** Source: https://prometheus.io/docs/prometheus/latest/querying/api/#rules */
const answer = z.object({
  data: z.object({
    groups: z.array(
      z.object({
        rules: z.array(
          z.object({
            name: z.string(),
            query: z.string(),
            duration: z.number().default(0),
            labels: texts.default({}),
            annotations: texts.default({}),
            state: z.enum(['inactive', 'pending', 'firing']).default('inactive'),
            health: z.enum(['ok', 'err', 'unknown']),
            lastError: z.string().default(''),
          }),
        ),
      }),
    ),
  }),
});

/** Throws a `PrometheusError`, also for a refused call. */
export async function readAlertingRules(prometheus: PrometheusConnection) {
  const parameters = new URLSearchParams({ type: 'alert' });
  const told = await prometheus.call({ method: 'GET', path: '/api/v1/rules', parameters });
  const refusal = tryRefusal(told);
  if (refusal !== undefined) throw refusal;
  return parse(told.body).data.groups.flatMap(({ rules }) =>
    rules.map(({ name, query, duration, labels, annotations, state, health, lastError }) => ({
      name,
      query,
      for_seconds: duration,
      ...(labels['severity'] === undefined ? {} : { severity: labels['severity'] }),
      annotations,
      state,
      health,
      ...(lastError === '' ? {} : { last_error: lastError }),
    })),
  );
}

function parse(body: Buffer): z.output<typeof answer> {
  try {
    return answer.parse(JSON.parse(body.toString('utf8')));
  } catch (cause) {
    throw new PrometheusError('rules: the answer is not from Prometheus', { fault: 'unavailable', cause });
  }
}
