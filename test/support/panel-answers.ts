/** Sends the requests of dashboards to a real Prometheus. */
import { familiesOf } from '../../common/catalogue/expression.ts';
import { allMetrics, underscored } from '../../common/catalogue/metrics.ts';
import type { Labels } from '../../console/api/promql.ts';
import { type Dashboard, type Selection, type TimeRange } from '../../console/dashboard/model.ts';
import { panelRequests, type QueryRequest } from '../../console/dashboard/queries/panel-queries.ts';
import { evaluateVariables } from '../../console/dashboard/queries/variables.ts';
import { drawnPanels } from './dashboards.ts';
import { selectorsIn } from './promql-selectors.ts';

export interface MatrixSeries {
  readonly metric: Labels;
  /** Prometheus' points: seconds, and the value as text. */
  readonly values: readonly (readonly [number, string])[];
}

export interface Answer {
  /** One value for an instant query. */
  readonly series: readonly MatrixSeries[];
  /** Number of samples read, with overlapping windows counted each. Undefined if the server does not report it. */
  readonly samplesRead: number | undefined;
}

export interface AskedPanel {
  /** `hostpulse-cpu: CPU usage A_raw`. */
  readonly name: string;
  readonly type: string;
  readonly expr: string;
  readonly request: QueryRequest;
}

export function evaluate(
  url: string,
  dashboard: Dashboard,
  range: TimeRange,
  requested: Readonly<Record<string, readonly string[]>> = {},
): Promise<Selection> {
  return evaluateVariables({
    dashboard,
    range,
    requested: new Map(Object.entries(requested)),
    ask: async (query, timeSeconds) => {
      const data = await ask(url, 'query', { query, time: timeSeconds });
      const { resultType, result } = data as { resultType: string; result: readonly { metric: Labels }[] };
      if (resultType !== 'vector') throw new Error(`${query}: expected a vector, got a ${resultType}`);
      return result;
    },
  });
}

/** Returns the active requests of all panels. */
export function requestsOf(dashboard: Dashboard, range: TimeRange, selection: Selection): readonly AskedPanel[] {
  return drawnPanels(dashboard).flatMap((panel) =>
    panelRequests(panel, { range, selection }).flatMap((request, index) => {
      const name = `${dashboard.uid}: ${panel.title} ${request.refId}`;
      return request.isOff ? [] : [{ name, type: panel.type, expr: panel.targets[index]?.expr ?? '', request }];
    }),
  );
}

export async function answerOf(url: string, request: QueryRequest): Promise<Answer> {
  const { path, parameters } = questionOf(request);
  const data = (await ask(url, path, { ...parameters, stats: 'all' })) as {
    result: { metric: MatrixSeries['metric']; values?: MatrixSeries['values']; value?: [number, string] }[];
    stats?: { samples?: { totalQueryableSamples: number } };
  };
  return {
    series: data.result.map(({ metric, values, value }) => ({ metric, values: values ?? (value ? [value] : []) })),
    samplesRead: data.stats?.samples?.totalQueryableSamples,
  };
}

/** Returns `data` of the response. `headers` hold the credentials. */
export function dataOf(url: string, request: QueryRequest, headers: Readonly<Record<string, string>>) {
  const { path, parameters } = questionOf(request);
  return ask(url, path, parameters, headers);
}

function questionOf(request: QueryRequest) {
  const { kind, query } = request;
  const times =
    kind === 'instant'
      ? { time: request.timeMs / 1_000 }
      : { start: request.startMs / 1_000, end: request.endMs / 1_000, step: request.stepMs / 1_000 };
  return { path: kind === 'instant' ? 'query' : 'query_range', parameters: { query, ...times } };
}

/** Returns the number of series of the selector in the range. */
export async function countSeries(url: string, selector: string, { fromMs, toMs }: TimeRange): Promise<number> {
  const times = { start: fromMs / 1_000, end: toMs / 1_000 };
  return ((await ask(url, 'series', { 'match[]': selector, ...times })) as unknown[]).length;
}

/** Throws Prometheus' message. */
async function ask(
  url: string,
  path: string,
  parameters: Readonly<Record<string, string | number>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) body.set(name, String(value));
  const response = await fetch(`${url}/api/v1/${path}`, { method: 'POST', body, headers });
  const answer = (await response.json()) as { status: string; data: unknown; error?: string };
  if (answer.status !== 'success') throw new Error(`${answer.error}: ${parameters['query'] ?? parameters['match[]']}`);
  return answer.data;
}

/** Runs `work` for all items, four at a time. Returns the results in order. */
export async function eachOf<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (let index = next++; index < items.length; index = next++) results[index] = await work(items[index] as T);
    }),
  );
  return results;
}

/** Returns the families that a recorded series is computed from. */
function exportedBehind(family: string): readonly string[] {
  if (!family.includes(':')) return [family];
  const metric = allMetrics.find((each) => family.startsWith(`${each.level}:${underscored(each.name)}:`));
  if (metric === undefined) throw new Error(`${family}: no metric of the catalogue has this recorded series`);
  return familiesOf(metric.exported);
}

/** Returns whether the host lacks the families of the query, or has no swap and the query is a share of swap. */
export async function hasNoSource(url: string, query: string, range: TimeRange): Promise<boolean> {
  // Tables leave out the hosts that are down by `up`, which every host has.
  const read = selectorsIn(query).map(({ family }) => family);
  const measured = read.filter((family) => family !== 'up');
  const families = (measured.length === 0 ? read : measured).flatMap(exportedBehind);
  if (/swap_usage_percent/.test(query)) {
    const swapped = await ask(url, 'query', { query: 'node_memory_SwapTotal_bytes > 0' });
    return (swapped as { result: readonly unknown[] }).result.length === 0;
  }
  const counts = await eachOf(families, (family) => countSeries(url, family, range));
  return counts.every((count) => count === 0);
}
