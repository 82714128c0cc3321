/**
 * Deletes points that stayed although others were written at their instants. Prometheus stores a late sample beside one of the
 * same instant and shows either of them; most often the late one, else the old one has to go.
 */
import { matcher, renderSelector } from '../../../common/catalogue/matcher.ts';
import type { PrometheusConnection } from '../../../common/prometheus/connection.ts';
import { deleteSeries } from '../../prometheus/admin.ts';
import type { Difference } from './difference.ts';

const selectorsPerCall = 200;

/** Whoever is stopped in between leaves points missing, which the next repair of the window adds. Throws a `PrometheusError`. */
export async function removeWrong(
  prometheus: PrometheusConnection,
  differences: readonly Difference[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const byInstant = new Map<number, string[]>();
  for (const { labels, points } of differences) {
    const wrong = points.filter(({ kind }) => kind === 'wrong');
    if (wrong.length === 0) continue;
    const selector = exactSelector(labels);
    for (const { timeMs } of wrong) byInstant.set(timeMs, [...(byInstant.get(timeMs) ?? []), selector]);
  }
  for (const [timeMs, all] of byInstant) {
    for (let at = 0; at < all.length; at += selectorsPerCall) {
      const [first, ...rest] = all.slice(at, at + selectorsPerCall);
      if (first !== undefined)
        await deleteSeries(prometheus, { selectors: [first, ...rest], startMs: timeMs, endMs: timeMs, signal });
    }
  }
}

/** A series with more labels than these matches as well; what it loses at that instant is added by the nightly sweep. */
function exactSelector(labels: Readonly<Record<string, string>>): string {
  return renderSelector(
    '',
    Object.entries(labels).map(([label, value]) => matcher(label, value)),
  );
}
