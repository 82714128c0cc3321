/** Reads the history of a metric from Prometheus: queries the chunks of a range in parallel and joins their series. */
import type { Matcher } from '../../common/catalogue/expression.ts';
import type { CatalogueMetric } from '../../common/catalogue/metrics.ts';
import { historyExpression } from '../../common/catalogue/promql.ts';
import type { TierChoice } from '../../common/catalogue/tier-choice.ts';
import { type Operation } from '../../common/catalogue/tiers.ts';
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import { PrometheusError } from '../../common/prometheus/error.ts';
import { queryRange, type RangeSeries } from '../../common/prometheus/query.ts';
import type { QueryLimits } from './limits.ts';
import { splitLabels } from './series-labels.ts';

export interface HistoryQuestion {
  readonly prometheus: PrometheusConnection;
  readonly limits: QueryLimits;
  readonly metric: CatalogueMetric;
  readonly operation: Operation;
  readonly choice: Extract<TierChoice, { ok: true }>;
  readonly matchers: readonly Matcher[];
  readonly signal: AbortSignal;
}

export interface HistorySeries {
  readonly host: string;
  readonly labels: Record<string, string>;
  /** In time order: [ms, value]. Null for NaN and infinities. */
  readonly points: [number, number | null][];
}

/** The limit of one answer, about 30 MB of JSON. */
const maxPointsPerAnswer = 1_000_000;

/** Returns series sorted by host and labels. Throws a `PrometheusError`, with `too_large` beyond the limits. */
export async function readHistory(question: HistoryQuestion): Promise<readonly HistorySeries[]> {
  const { prometheus, limits, metric, operation, choice, matchers, signal } = question;
  const { tier, stepMs, chunks } = choice;
  const expression = historyExpression(metric, tier.name, { operation, stepMs, matchers });
  const answers = await Promise.all(
    chunks.map((chunk) => queryRange(prometheus, { expression, ...chunk, stepMs, signal })),
  );
  const joined = join(answers, limits.maxSeries);
  return [...joined].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, series]) => series);
}

function join(answers: readonly (readonly RangeSeries[])[], maxSeries: number): Map<string, HistorySeries> {
  const byKey = new Map<string, HistorySeries>();
  let points = 0;
  for (const found of answers.flat()) {
    const { host, labels } = splitLabels(found.labels);
    if (host === undefined) continue;
    const key = JSON.stringify([host, ...Object.entries(labels)]);
    const series = byKey.get(key) ?? { host, labels, points: [] };
    byKey.set(key, series);
    points += found.points.length;
    if (byKey.size > maxSeries) throw tooLarge(`more than ${maxSeries} series`);
    if (points > maxPointsPerAnswer) throw tooLarge(`more than ${maxPointsPerAnswer} points`);
    for (const [timeMs, value] of found.points) series.points.push([timeMs, Number.isFinite(value) ? value : null]);
  }
  return byKey;
}

function tooLarge(what: string): PrometheusError {
  const message = `the answer has ${what}; ask for fewer hosts, a shorter time or a larger step`;
  return new PrometheusError(message, { fault: 'too_large' });
}
