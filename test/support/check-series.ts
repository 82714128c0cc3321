/** Checks series by the rules of remote write: labels sorted, unique and not empty, a metric name, samples in order of time. */
import type { ReadSeries } from '../../ingest-gateway/remote-write/read.ts';

/** Throws for the first rule that a series violates; the message names the series and the rule. */
export function checkSeries({ labels, samples }: ReadSeries): void {
  const name = renderLabels(labels);
  let previous: string | undefined;
  for (const [label, value] of labels) {
    if (label === '') throw new Error(`${name}: a label without a name`);
    if (value === '') throw new Error(`${name}: the label ${label} is empty`);
    if (previous !== undefined && label <= previous)
      throw new Error(`${name}: the label ${label} is ${label === previous ? 'there twice' : 'out of order'}`);
    previous = label;
  }
  if (!labels.some(([label]) => label === '__name__')) throw new Error(`${name}: no __name__`);
  let lastMs = Number.NEGATIVE_INFINITY;
  for (const { timestampMs } of samples) {
    if (timestampMs <= lastMs) throw new Error(`${name}: ${timestampMs} does not follow ${lastMs}`);
    lastMs = timestampMs;
  }
}

/** Renders `{__name__="up",job="node"}`, for messages and as a key. */
export function renderLabels(labels: ReadSeries['labels']): string {
  return `{${labels.map(([label, value]) => `${label}=${JSON.stringify(value)}`).join(',')}}`;
}
