/**
 * Groups the samples of one export request into remote-write requests: per host, one for the host's own series and one for the
 * series of programs, which are accepted from scraped hosts too.
 */
import { createWriteRequestWriter, encodeLabels } from '../../common/remote-write/encode.ts';
import { compressBlock } from '../../common/remote-write/snappy.ts';
import type { HostGate, PushGate, SeriesHash } from '../ingest/active-series/series-limits.ts';
import type { EncodedBatch } from '../ingest/host-batch.ts';
import type { PlainBatch } from '../ingest/ingest.ts';
import { isOfHost } from '../ingest/sample-checks.ts';

/** A series with valid labels. */
export interface OtlpSeries {
  readonly name: string;
  /** Includes `instance` and `job`, empty ones too. */
  readonly labels: Readonly<Record<string, string>>;
  readonly instance: string;
  readonly job: string;
}

/** Why a sample is not stored. */
export type SampleFault = readonly ['duplicate' | 'limit', string];

export interface HostBatches {
  /** Returns why the sample is not added; undefined when it is. A `null` value is a stale marker. */
  add(series: OtlpSeries, timestampMs: number, value: number | null): SampleFault | undefined;
  /** The number of samples added. */
  readonly samples: number;
  finish(): readonly PlainBatch[];
}

interface HostSamples {
  readonly host: string;
  readonly gate: HostGate;
  readonly isOfPrograms: boolean;
  hasUp: boolean;
  /** By encoded labels, as latin1. */
  readonly series: Map<string, { readonly labels: Uint8Array; readonly points: Map<number, number | null> }>;
}

const duplicate: SampleFault = ['duplicate', 'the request has a different value of the series at this time'];

export interface HostBatchesOptions {
  readonly gate: PushGate;
  readonly hash: SeriesHash;
}

export function createHostBatches({ gate, hash }: HostBatchesOptions): HostBatches {
  const batches = new Map<string, HostSamples>();
  let samples = 0;

  /** Returns the batch of the instance, or the reason for refusing all series of the instance. */
  function batchOf({ name, instance: host, job }: OtlpSeries): HostSamples | string {
    const isOfPrograms = !isOfHost(name, job, host);
    const key = `${isOfPrograms ? 'programs' : 'host'} ${host}`;
    const known = batches.get(key);
    if (known !== undefined) return known;
    const opened = gate.open(host, { isHost: !isOfPrograms });
    if (typeof opened === 'string') return opened;
    const batch = { host, gate: opened, isOfPrograms, hasUp: false, series: new Map() };
    batches.set(key, batch);
    return batch;
  }

  return {
    get samples() {
      return samples;
    },
    add(sample, timestampMs, value) {
      const batch = batchOf(sample);
      if (typeof batch === 'string') return ['limit', batch];
      const { series: known } = batch;
      const labels = encodeLabels(sample.name, sample.labels);
      const key = Buffer.from(labels.buffer, labels.byteOffset, labels.length).toString('latin1');
      let series = known.get(key);
      if (series === undefined) {
        const refusal = batch.gate.admit(hash(labels));
        if (refusal !== undefined) return ['limit', refusal];
        series = { labels, points: new Map<number, number | null>() };
        known.set(key, series);
      }
      if (sample.name === 'up') batch.hasUp = true;
      const before = series.points.get(timestampMs);
      if (before !== undefined) return Object.is(before, value) ? undefined : duplicate;
      series.points.set(timestampMs, value);
      samples += 1;
      return undefined;
    },
    finish: () =>
      [...batches.values()].filter(hasSeries).map(({ host, isOfPrograms, hasUp, series }) => ({
        ...encode(host, series),
        hasUp: !isOfPrograms && hasUp,
        isOfPrograms,
      })),
  };
}

function hasSeries({ series }: HostSamples): boolean {
  return series.size > 0;
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
