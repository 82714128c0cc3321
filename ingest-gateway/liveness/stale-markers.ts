/** Stale markers that end the series of a host that fell silent, so that rollups end with the host. */
import { matcher, renderSelector } from '../../common/catalogue/promql.ts';
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import { queryRaw, type SeriesLabels } from '../../common/prometheus/query.ts';
import { hostJob } from '../forward/scraped-hosts.ts';

export interface LivenessSample {
  readonly labels: SeriesLabels;
  readonly timeMs: number;
  /** Null: a stale marker. */
  readonly value: number | null;
}

/** Older samples are outside Prometheus' lookback: queries no longer return such a series. */
const lookbackMs = 10 * 60_000;

/** Returns whether hosts push the series. Recorded series and alerts end with their inputs, and `up` goes on at 0. */
function isPushed(name: string): boolean {
  return name !== 'up' && !name.includes(':') && !name.startsWith('ALERTS');
}

/** Returns a marker for each pushed series of the host, 1 ms after its last sample. Throws a `PrometheusError`. */
export async function readStaleMarkers(
  prometheus: PrometheusConnection,
  { host, nowMs }: { readonly host: string; readonly nowMs: number },
): Promise<readonly LivenessSample[]> {
  const selector = renderSelector('', [matcher('job', hostJob), matcher('instance', host)]);
  const found = await queryRaw(prometheus, { selector, startMs: nowMs - lookbackMs, endMs: nowMs + 60_000 });
  return found.flatMap(({ labels, points }) => {
    const last = points.at(-1);
    return last === undefined || !isPushed(labels['__name__'] ?? '')
      ? []
      : [{ labels, timeMs: last[0] + 1, value: null }];
  });
}
