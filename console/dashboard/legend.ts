/** Legend names of series, and marks of annotations, from their labels. */
import type { Annotation } from '../../common/dashboard/model.ts';

export type Labels = Readonly<Record<string, string>>;

/**
 * Fills in a legend format such as `{{instance}} {{device}}`. Missing labels are empty. Without a format, returns all
 * labels as Prometheus writes them.
 */
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

/** Series of an annotation's query. The values are the times of the marks. */
export interface Starts {
  readonly metric: Labels;
  /** Milliseconds since the epoch, with repetitions. */
  readonly values: readonly number[];
}

/** Returns one mark for each distinct value of each series, in order of time. */
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
