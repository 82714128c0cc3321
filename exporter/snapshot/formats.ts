/** Renders a snapshot for programs: as the JSON body of a push, or in the Prometheus text format. */
import { renderExposition } from '../exposition/exposition.ts';
import type { Snapshot } from './snapshot.ts';

/** Returns one line of JSON, a valid body for `POST /api/v1/metrics/collect`. */
export function renderJson({ host, timeMs, metrics }: Snapshot): string {
  const body = {
    host,
    metrics: metrics.flatMap(({ metric, series }) =>
      series.map(({ labels, value }) => ({
        name: metric.name,
        value,
        unit: metric.unit,
        tags: labels,
        timestamp: timeMs,
      })),
    ),
  };
  return `${JSON.stringify(body)}\n`;
}

/** Uses the names of pushed metrics in Prometheus. Untyped, because linters take gauges that end in `_total` for counters. */
export function renderPrometheus({ metrics }: Snapshot): string {
  return renderExposition(
    metrics.map(({ metric, series }) => ({
      name: metric.pushedFamily,
      help: `${metric.help} (${metric.unit})`,
      type: 'untyped',
      samples: series,
    })),
  );
}
