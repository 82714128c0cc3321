/** Names of series, and marks of annotations, from their labels. */
import type { Annotation } from '../../common/dashboard/model.ts';

export type Labels = Readonly<Record<string, string>>;

/** `{{instance}} {{device}}`; a label that is missing is empty. Without a format: all labels, as Prometheus writes them. */
export function renderLegend(format: string, labels: Labels): string {
  if (format !== '') return format.replace(/\{\{\s*(.+?)\s*\}\}/g, (_, name: string) => labels[name] ?? '');
  const { __name__: family = '', ...rest } = labels;
  const pairs = Object.entries(rest).map(([label, value]) => `${label}="${value}"`);
  return pairs.length === 0 ? family : `${family}{${pairs.join(', ')}}`;
}

export interface Mark {
  readonly timeMs: number;
  readonly title: string;
  readonly text: string;
  readonly tags: readonly string[];
}

/** What an annotation's query finds: the values of a series, which are moments. */
export interface Starts {
  readonly metric: Labels;
  /** Milliseconds since the epoch; the same one many times. */
  readonly values: readonly number[];
}

/** One mark for each moment that a series names, in order of time. */
export function marksOf(annotation: Annotation, series: readonly Starts[]): readonly Mark[] {
  return series
    .flatMap(({ metric, values }) =>
      [...new Set(values.map(Math.floor))].map((timeMs) => ({
        timeMs,
        title: renderLegend(annotation.title, metric),
        text: renderLegend(annotation.text, metric),
        tags: annotation.tagLabels.flatMap((label) => metric[label] ?? []),
      })),
    )
    .sort((left, right) => left.timeMs - right.timeMs);
}
