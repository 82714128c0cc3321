/**
 * Samples of one export request gathered into remote-write requests: one for each host's own series, and one for those of
 * the programs on it, which may come from a host that is scraped.
 */
import { encodeLabels } from '../../common/remote-write/labels.ts';
import { compressBlock } from '../../common/remote-write/snappy.ts';
import { createWriteRequestWriter } from '../../common/remote-write/write.ts';
import { hostJob } from '../forward/scraped-hosts.ts';
import type { EncodedBatch } from '../ingest/host-batch.ts';
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
  readonly host: string;
  readonly isOfPrograms: boolean;
  /** By encoded labels. */
  readonly series: Map<string, { readonly labels: Uint8Array; readonly points: Map<number, number | null> }>;
}

export function createHostBatches(): HostBatches {
  const gathered = new Map<string, Gathered>();
  let samples = 0;

  function batchOf({ instance: host, job }: OtlpSeries): Gathered {
    const isOfPrograms = job !== hostJob;
    const key = `${isOfPrograms ? 'programs' : 'host'} ${host}`;
    const batch = gathered.get(key) ?? { host, isOfPrograms, series: new Map() };
    gathered.set(key, batch);
    return batch;
  }

  return {
    get samples() {
      return samples;
    },
    add(sample, timestampMs, value) {
      const { series: known } = batchOf(sample);
      const labels = encodeLabels(sample.name, sample.labels);
      const key = Buffer.from(labels.buffer, labels.byteOffset, labels.length).toString('latin1');
      const series = known.get(key) ?? { labels, points: new Map<number, number | null>() };
      known.set(key, series);
      const before = series.points.get(timestampMs);
      if (before !== undefined) return Object.is(before, value);
      series.points.set(timestampMs, value);
      samples += 1;
      return true;
    },
    finish: () =>
      [...gathered.values()].map(({ host, isOfPrograms, series }) => ({
        ...encode(host, series),
        hasUp: isOfPrograms,
        isOfPrograms,
      })),
  };
}

function encode(host: string, series: Gathered['series']): EncodedBatch {
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
