/** Lists the metrics of bcache and the attributes that contain their values. Source: https://docs.kernel.org/admin-guide/bcache.html */
import type { MetricType } from '../../exposition/family.ts';
import type { AttributeMetric } from '../../exposition/sample-table.ts';

function metric(
  type: MetricType,
  [name, attribute]: readonly [string, string],
  help: string,
  divisor = 1,
): AttributeMetric {
  return { name: `node_bcache_${name}`, type, help, attribute, divisor };
}

/** Metrics of a cache set, which joins cache devices with the backing devices that they cache. */
export const setMetrics: readonly AttributeMetric[] = [
  metric(
    'gauge',
    ['active_journal_entries', 'internal/active_journal_entries'],
    'Number of journal entries that are newer than the index.',
  ),
  metric('gauge', ['average_key_size_sectors', 'average_key_size'], 'Average data per key in the btree (sectors).'),
  metric(
    'gauge',
    ['btree_cache_size_bytes', 'btree_cache_size'],
    'Amount of memory currently used by the btree cache.',
  ),
  metric('gauge', ['btree_nodes', 'internal/btree_nodes'], 'Total nodes in the btree.'),
  // The file has microseconds; node_exporter reads them as nanoseconds.
  metric(
    'gauge',
    ['btree_read_average_duration_seconds', 'internal/btree_read_average_duration_us'],
    'Average btree read duration.',
    1e6,
  ),
  metric(
    'gauge',
    ['cache_available_percent', 'cache_available_percent'],
    'Percentage of cache device without dirty data, usable for writeback (may contain clean cached data).',
  ),
  metric(
    'counter',
    ['cache_read_races_total', 'internal/cache_read_races'],
    'Counts instances where while data was being read from the cache, the bucket was reused and invalidated - i.e. where the pointer was stale after the read completed.',
  ),
  metric('gauge', ['congested', 'congested'], 'Congestion.'),
  metric(
    'gauge',
    ['root_usage_percent', 'root_usage_percent'],
    'Percentage of the root btree node in use (tree depth increases if too high).',
  ),
  metric('gauge', ['tree_depth', 'tree_depth'], 'Depth of the btree.'),
];

/** Metrics of a backing device. */
export const backingMetrics: readonly AttributeMetric[] = [
  metric(
    'counter',
    ['bypassed_bytes_total', 'stats_total/bypassed'],
    'Amount of IO (both reads and writes) that has bypassed the cache.',
  ),
  metric(
    'counter',
    ['cache_bypass_hits_total', 'stats_total/cache_bypass_hits'],
    'Hits for IO intended to skip the cache.',
  ),
  metric(
    'counter',
    ['cache_bypass_misses_total', 'stats_total/cache_bypass_misses'],
    'Misses for IO intended to skip the cache.',
  ),
  metric(
    'counter',
    ['cache_hits_total', 'stats_total/cache_hits'],
    'Hits counted per individual IO as bcache sees them.',
  ),
  metric(
    'counter',
    ['cache_miss_collisions_total', 'stats_total/cache_miss_collisions'],
    'Instances where data insertion from cache miss raced with write (data already present).',
  ),
  metric(
    'counter',
    ['cache_misses_total', 'stats_total/cache_misses'],
    'Misses counted per individual IO as bcache sees them.',
  ),
  metric('counter', ['cache_readaheads_total', 'stats_total/cache_readaheads'], 'Count of times readahead occurred.'),
  metric('gauge', ['dirty_data_bytes', 'dirty_data'], 'Amount of dirty data for this backing device in the cache.'),
];

/** Metrics of the lines of a backing device's writeback_rate_debug. */
export const writebackMetrics: readonly AttributeMetric[] = [
  metric(
    'gauge',
    ['dirty_target_bytes', 'target'],
    'Current dirty data target threshold for this backing device in bytes.',
  ),
  metric('gauge', ['writeback_change', 'change'], 'Last writeback rate change step for this backing device.'),
  metric('gauge', ['writeback_rate', 'rate'], 'Current writeback rate for this backing device in bytes.'),
  metric(
    'gauge',
    ['writeback_rate_integral_term', 'integral'],
    'Current result of integral controller, part of writeback rate',
  ),
  metric(
    'gauge',
    ['writeback_rate_proportional_term', 'proportional'],
    'Current result of proportional controller, part of writeback rate',
  ),
];

/** Metrics of a cache device. */
export const cacheMetrics: readonly AttributeMetric[] = [
  metric('gauge', ['io_errors', 'io_errors'], 'Number of errors that have occurred, decayed by io_error_halflife.'),
  metric(
    'counter',
    ['metadata_written_bytes_total', 'metadata_written'],
    'Sum of all non data writes (btree writes and all other metadata).',
  ),
  metric('counter', ['written_bytes_total', 'written'], 'Sum of all data that has been written to the cache.'),
];

/** Metrics of the lines of a cache device's priority_stats. A read is expensive: the kernel sorts the priorities of all buckets. */
export const priorityMetrics: readonly AttributeMetric[] = [
  metric('gauge', ['priority_stats_metadata_percent', 'Metadata'], "Bcache's metadata overhead."),
  metric(
    'gauge',
    ['priority_stats_unused_percent', 'Unused'],
    "The percentage of the cache that doesn't contain any data.",
  ),
];

export const allMetrics: readonly AttributeMetric[] = [
  ...setMetrics,
  ...backingMetrics,
  ...writebackMetrics,
  ...cacheMetrics,
];
