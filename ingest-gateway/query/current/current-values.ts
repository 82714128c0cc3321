/** Reads the latest values of catalogue metrics by host. */
import type { Matcher } from '../../../common/catalogue/expression.ts';
import type { CatalogueMetric } from '../../../common/catalogue/metrics.ts';
import { currentExpression } from '../../../common/catalogue/promql.ts';
import type { PrometheusAnswer, PrometheusConnection } from '../../../common/prometheus/connection.ts';
import { askInstant, type InstantSample, parseInstant, tryRefusal } from '../../../common/prometheus/query.ts';
import { hostName } from '../../schema/fields.ts';
import { splitLabels } from '../series-labels.ts';

export interface CurrentValue {
  readonly metric: string;
  readonly unit: string;
  readonly labels: Record<string, string>;
  /** Null for NaN and infinities, which JSON cannot represent. */
  readonly value: number | null;
}

export interface HostValues {
  readonly host: string;
  readonly values: CurrentValue[];
}

export interface CurrentQuestion {
  readonly prometheus: PrometheusConnection;
  readonly metrics: readonly CatalogueMetric[];
  readonly matchers: readonly Matcher[];
  readonly timeMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Returns the values as `groupByHost` does. Throws a `PrometheusError`. */
export async function readCurrent(question: CurrentQuestion): Promise<HostValues[]> {
  return groupByHost(question.metrics, (await askCurrent(question)).map(parseInstant));
}

/**
 * Returns the answers to the queries of the metrics, in their order. Throws a `PrometheusError` for the first query that fails.
 */
export function askCurrent({
  prometheus,
  metrics,
  matchers,
  timeMs,
  signal,
}: CurrentQuestion): Promise<readonly PrometheusAnswer[]> {
  return Promise.all(
    metrics.map(async (metric) => {
      const answer = await askInstant(prometheus, { expression: currentExpression(metric, matchers), timeMs, signal });
      const refusal = tryRefusal(answer);
      if (refusal !== undefined) throw refusal;
      return answer;
    }),
  );
}

/**
 * Returns hosts sorted by name, each with its values in the order of `metrics`. Leaves out instances that no host can have.
 * `samples` has the samples of each metric.
 */
export function groupByHost(
  metrics: readonly Pick<CatalogueMetric, 'name' | 'unit'>[],
  samples: readonly (readonly InstantSample[])[],
): HostValues[] {
  const byHost = new Map<string, CurrentValue[]>();
  for (const [index, { name, unit }] of metrics.entries()) {
    for (const sample of samples[index] ?? []) {
      const { host, labels } = splitLabels(sample.labels);
      if (host === undefined) continue;
      const value = Number.isFinite(sample.value) ? sample.value : null;
      const values = byHost.get(host);
      if (values === undefined) byHost.set(host, [{ metric: name, unit, labels, value }]);
      else values.push({ metric: name, unit, labels, value });
    }
  }
  const isHost = ([host]: readonly [string, unknown]): boolean => hostName.safeParse(host).success;
  const hosts = [...byHost].filter(isHost).map(([host, values]) => ({ host, values }));
  return hosts.sort((left, right) => (left.host < right.host ? -1 : 1));
}
