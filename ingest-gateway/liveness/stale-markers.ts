/** Ends the series of a host that fell silent: a stale marker 1 ms after each one's last sample, so that rollups end with it. */
import { matcher, renderSelector } from '../../common/catalogue/matcher.ts';
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import { queryRaw } from '../../common/prometheus/query.ts';
import { hostJob } from '../forward/scraped-hosts.ts';
import type { ReadSeries } from '../remote-write/read.ts';

/** Older samples are out of Prometheus' lookback: nothing of such a series is shown any more. */
const lookbackMs = 10 * 60_000;

/** What rules write ends by itself, and `up` never ends with its host. */
function isPushed(name: string): boolean {
  return name !== 'up' && !name.includes(':') && !name.startsWith('ALERTS');
}

/** Throws a `PrometheusError`. */
export async function readStaleMarkers(
  prometheus: PrometheusConnection,
  { host, nowMs }: { readonly host: string; readonly nowMs: number },
): Promise<readonly ReadSeries[]> {
  const selector = renderSelector('', [matcher('job', hostJob), matcher('instance', host)]);
  const found = await queryRaw(prometheus, { selector, startMs: nowMs - lookbackMs, endMs: nowMs + 60_000 });
  return found.flatMap(({ labels, points }) => {
    const last = points.at(-1);
    if (last === undefined || !isPushed(labels['__name__'] ?? '')) return [];
    return [
      {
        labels: Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)),
        samples: [{ timestampMs: last[0] + 1, value: Number.NaN, isStale: true }],
      },
    ];
  });
}
