/**
 * Groups the samples of one export request into remote-write requests: per host, one for the host's own series and one for the
 * series of programs, which are accepted from scraped hosts too.
 */

import { createWriteRequestWriter, encodeLabels } from '../../common/remote-write/encode.ts';
import { compressBlock } from '../../common/remote-write/snappy.ts';
import type { EncodedBatch } from '../ingest/host-batch.ts';
import type { IncomingBatch } from '../ingest/ingest.ts';
import { isOfHost } from '../ingest/reserved-series.ts';

/** A series with valid labels. */
export interface OtlpSeries {
  readonly name: string;
  /** Includes `instance` and `job`, empty ones too. */
  readonly labels: Readonly<Record<string, string>>;
  readonly instance: string;
  readonly job: string;
}

export interface HostBatches {
  /** Returns false when the series has a different value at that time already. A `null` value is a stale marker. */
  add(series: OtlpSeries, timestampMs: number, value: number | null): boolean;
  /** The number of samples added. */
  readonly samples: number;
  finish(): readonly IncomingBatch[];
}

interface HostSamples {
  readonly host: string;
  readonly isOfPrograms: boolean;
  hasUp: boolean;
  /** By encoded labels, as latin1. */
  readonly series: Map<string, { readonly labels: Uint8Array; readonly points: Map<number, number | null> }>;
}

export function createHostBatches(): HostBatches {
  const batches = new Map<string, HostSamples>();
  let samples = 0;

  function batchOf({ name, instance: host, job }: OtlpSeries): HostSamples {
    const isOfPrograms = !isOfHost(name, job, host);
    const key = `${isOfPrograms ? 'programs' : 'host'} ${host}`;
    const batch = batches.get(key) ?? { host, isOfPrograms, hasUp: false, series: new Map() };
    batches.set(key, batch);
    return batch;
  }

  return {
    get samples() {
      return samples;
    },
    add(sample, timestampMs, value) {
      const batch = batchOf(sample);
      const { series: known } = batch;
      if (sample.name === 'up') batch.hasUp = true;
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
      [...batches.values()].map(({ host, isOfPrograms, hasUp, series }) => ({
        ...encode(host, series),
        hasUp: !isOfPrograms && hasUp,
        isOfPrograms,
      })),
  };
}

function encode(host: string, series: HostSamples['series']): EncodedBatch {
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
