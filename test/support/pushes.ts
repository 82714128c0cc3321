/** Builds pushes and reads their samples back from Prometheus. */
import { createWriteRequestWriter, encodeLabels } from '../../common/remote-write/encode.ts';
import { compressBlock } from '../../common/remote-write/snappy.ts';
import type { TestPrometheus } from './prometheus.ts';

export interface WrittenSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** `null` is a stale marker. */
  readonly points: readonly (readonly [number, number | null])[];
}

/** Builds a remote write 1.0 body; `labels` includes `__name__`. */
export function writeBody(series: readonly WrittenSeries[]): Uint8Array {
  const writer = createWriteRequestWriter();
  for (const { labels, points } of series) {
    const { __name__: name = '', ...others } = labels;
    writer.add(
      encodeLabels(name, others),
      points.map(([timeMs]) => timeMs),
      points.map(([, value]) => value) as ArrayLike<number | null>,
    );
  }
  return compressBlock(writer.finish().slice());
}

export const writeHeaders = {
  'content-type': 'application/x-protobuf',
  'content-encoding': 'snappy',
  'x-prometheus-remote-write-version': '0.1.0',
} as const;

/** Returns all stored samples of the selector between two times, by series. */
export async function readStored(
  prometheus: TestPrometheus,
  selector: string,
  [startMs, endMs]: readonly [number, number],
): Promise<Map<string, [number, number][]>> {
  const query = new URLSearchParams({ query: `${selector}[${endMs - startMs + 1}ms]`, time: String(endMs / 1_000) });
  const { result } = (await prometheus.ask(`query?${query.toString()}`)) as {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly values: readonly [number, string][];
    }[];
  };
  return new Map(
    result.map(({ metric, values }) => [
      seriesKey(metric),
      values.map(([seconds, text]) => [Math.round(seconds * 1_000), Number(text.replace('Inf', 'Infinity'))]),
    ]),
  );
}

export function seriesKey(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}
