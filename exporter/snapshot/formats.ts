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

/** Renders the text format with the names that pushed metrics have in Prometheus. Metrics are untyped, because linters treat a gauge that ends in `_total` as a counter. */
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
