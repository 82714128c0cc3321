/** Creates raw samples for tests, and writes them into Prometheus by remote write. */
import { createWriteRequestWriter, encodeLabels } from '../../common/remote-write/encode.ts';
import { compressBlock } from '../../common/remote-write/snappy.ts';
import { createRemoteWriteClient } from '../../ingest-gateway/forward/remote-write-client.ts';

export interface TestSeries {
  /** Includes `__name__`. */
  readonly labels: Readonly<Record<string, string>>;
  /** [ms, value], in time order. */
  readonly points: readonly (readonly [number, number])[];
}

const pointsPerRequest = 20_000;

/** Writes complete series, many in a request; throws when Prometheus refuses a request. */
export async function writeSeries(url: string, series: readonly TestSeries[]): Promise<void> {
  const client = createRemoteWriteClient({ url, maxConcurrency: 2, timeoutMs: 30_000 });
  const writer = createWriteRequestWriter();
  let pending = 0;

  async function flush(): Promise<void> {
    if (pending === 0) return;
    pending = 0;
    const { status, text } = await client.send(compressBlock(writer.finish()));
    if (status !== 204 && status !== 200) throw new Error(`remote write: ${status} ${text}`);
  }

  try {
    for (const { labels, points } of series) {
      const { __name__: name = '', ...rest } = labels;
      for (let at = 0; at < points.length; at += pointsPerRequest) {
        const part = points.slice(at, at + pointsPerRequest);
        if (pending + part.length > pointsPerRequest) await flush();
        writer.add(
          encodeLabels(name, rest),
          part.map(([timeMs]) => timeMs),
          part.map(([, value]) => value),
        );
        pending += part.length;
      }
    }
    await flush();
  } finally {
    client.close();
  }
}

/** Returns a series with a sample every `stepMs`, except where `valueAt` returns undefined. */
export function sampled(
  labels: Readonly<Record<string, string>>,
  range: { readonly fromMs: number; readonly toMs: number; readonly stepMs: number },
  valueAt: (timeMs: number) => number | undefined,
): TestSeries {
  const points: [number, number][] = [];
  for (let timeMs = range.fromMs; timeMs <= range.toMs; timeMs += range.stepMs) {
    const value = valueAt(timeMs);
    if (value !== undefined) points.push([timeMs, value]);
  }
  return { labels, points };
}
