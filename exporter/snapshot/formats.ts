/** A snapshot for programs: the body of a push to the gateway, or the text format. */
import { renderExposition } from '../exposition/exposition.ts';
import type { Snapshot } from './snapshot.ts';

/** One line of JSON that `POST /api/v1/metrics/collect` takes as it is. */
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

/** Under the names that pushed dotted metrics have in Prometheus. Untyped: some gauges end in `_total`, which linters take for counters. */
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
