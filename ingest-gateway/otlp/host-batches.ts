/** Samples of one export request gathered into a remote-write request for each host, whatever resources they came with. */
import { encodeLabels } from '../../common/remote-write/labels.ts';
import { compressBlock } from '../../common/remote-write/snappy.ts';
import { createWriteRequestWriter } from '../../common/remote-write/write.ts';
import type { EncodedBatch } from '../ingest/host-batch.ts';
import { hostJob } from '../ingest/host-labels.ts';
import type { IncomingBatch } from '../ingest/ingest.ts';

/** A series, its labels checked. */
export interface OtlpSeries {
  readonly name: string;
  /** `instance` and `job` among them. */
  readonly labels: Readonly<Record<string, string>>;
  readonly instance: string;
  readonly job: string;
}

export interface HostBatches {
  /** False when the series has another value at that time already. `null` ends the series there. */
  add(series: OtlpSeries, timestampMs: number, value: number | null): boolean;
  /** Added so far. */
  readonly samples: number;
  finish(): readonly IncomingBatch[];
}

interface Gathered {
  /** By encoded labels. */
  readonly series: Map<string, { readonly labels: Uint8Array; readonly points: Map<number, number | null> }>;
  hasHost: boolean;
}

export function createHostBatches(): HostBatches {
  const hosts = new Map<string, Gathered>();
  let samples = 0;
  return {
    get samples() {
      return samples;
    },
    add({ name, labels, instance, job }, timestampMs, value) {
      const gathered = hosts.get(instance) ?? { series: new Map(), hasHost: false };
      hosts.set(instance, gathered);
      if (job === hostJob) gathered.hasHost = true;
      const encoded = encodeLabels(name, labels);
      const key = Buffer.from(encoded.buffer, encoded.byteOffset, encoded.length).toString('latin1');
      const series = gathered.series.get(key) ?? { labels: encoded, points: new Map<number, number | null>() };
      gathered.series.set(key, series);
      const known = series.points.get(timestampMs);
      if (known !== undefined) return Object.is(known, value);
      series.points.set(timestampMs, value);
      samples += 1;
      return true;
    },
    finish: () => [...hosts].map(([host, gathered]) => ({ ...encode(host, gathered), hasUp: !gathered.hasHost })),
  };
}

function encode(host: string, { series }: Gathered): EncodedBatch {
  const writer = createWriteRequestWriter();
  let [samples, oldestMs, newestMs] = [0, Number.POSITIVE_INFINITY, 0];
  for (const { labels, points } of series.values()) {
    const inOrder = [...points].sort(([one], [other]) => one - other);
    const times = inOrder.map(([timeMs]) => timeMs);
    writer.add(
      labels,
      times,
      inOrder.map(([, value]) => value),
    );
    samples += times.length;
    oldestMs = Math.min(oldestMs, times[0] as number);
    newestMs = Math.max(newestMs, times.at(-1) as number);
  }
  const plain = writer.finish();
  return { host, body: compressBlock(plain), plain, samples, oldestMs, newestMs };
}
