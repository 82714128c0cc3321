/** Computes the memory and disk space that each part of the server uses. */
import type { VectorSeries } from '../api/promql.ts';
import { formatterOf } from '../format/values.ts';

/** The exporter of the server's machine has the instance of the gateway. */
export const memoryQuery =
  'sum by (job) (process_resident_memory_bytes{job=~"alertmanager|gateway|prometheus|relay"} or (process_resident_memory_bytes{job="node"} and on (instance) process_resident_memory_bytes{job="gateway"}))';

const disk: Readonly<Record<string, string>> = {
  prometheus_tsdb_storage_blocks_bytes: 'Prometheus: blocks',
  prometheus_tsdb_wal_storage_size_bytes: 'Prometheus: write-ahead log',
  prometheus_tsdb_head_chunks_storage_size_bytes: 'Prometheus: chunks of the head',
  hostpulse_gateway_queue_bytes: 'gateway: queue',
};

export const diskQuery = `sum by (__name__) ({__name__=~"${Object.keys(disk).join('|')}"})`;

export interface UsageRow {
  readonly part: string;
  readonly text: string;
}

/** Returns the parts by size, the largest first, and their sum. Empty without samples. */
export function usageRows(series: readonly VectorSeries[]): readonly UsageRow[] {
  const parts = series
    .map(({ metric, value }) => ({ part: partOf(metric), bytes: Number(value[1]) }))
    .filter(({ bytes }) => Number.isFinite(bytes))
    .toSorted((a, b) => b.bytes - a.bytes);
  if (parts.length === 0) return [];
  const total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  const format = formatterOf('bytes');
  return [...parts, { part: 'total', bytes: total }].map(({ part, bytes }) => ({ part, text: format(bytes, 1) }));
}

function partOf({ job, __name__: name = '' }: VectorSeries['metric']): string {
  if (job !== undefined) return job === 'node' ? 'exporter' : job;
  return disk[name] ?? name;
}
