/** Names the metrics of NFS mounts. `attribute` is the key of the value in ./nfs-mounts.ts. */
import type { AttributeMetric, Metric } from '../../exposition/sample-table.ts';

const milliseconds = 1_000;

function metric(name: string, attribute: string, help: string, divisor = 1): AttributeMetric {
  const type = name.endsWith('_total') ? 'counter' : 'gauge';
  return { name: `node_mountstats_nfs_${name}`, type, help, attribute, divisor };
}

export const metrics: Readonly<Record<'mountpoint', Metric>> = {
  mountpoint: {
    name: 'node_mountstats_nfs_mountpoint_info',
    type: 'gauge',
    help: 'Info metric for an NFS mountpoint.',
  },
};

/** In the order of the columns of `bytes:`. */
const byteMetrics = [
  metric('read_bytes_total', 'bytes.0', 'Number of bytes read using the read() syscall.'),
  metric('write_bytes_total', 'bytes.1', 'Number of bytes written using the write() syscall.'),
  metric('direct_read_bytes_total', 'bytes.2', 'Number of bytes read using the read() syscall in O_DIRECT mode.'),
  metric('direct_write_bytes_total', 'bytes.3', 'Number of bytes written using the write() syscall in O_DIRECT mode.'),
  metric('total_read_bytes_total', 'bytes.4', 'Number of bytes read from the NFS server, in total.'),
  metric('total_write_bytes_total', 'bytes.5', 'Number of bytes written to the NFS server, in total.'),
  metric('read_pages_total', 'bytes.6', "Number of pages read directly via mmap()'d files."),
  metric('write_pages_total', 'bytes.7', "Number of pages written directly via mmap()'d files."),
];

/**
 * In the order of the columns of `events:`, by name and HELP. The column 18, congestion wait, has no metric. Source: enum
 * nfs_stat_eventcounters in include/linux/nfs_iostat.h of the kernel
 */
const events: readonly (readonly [name: string, help: string] | undefined)[] = [
  ['inode_revalidate', 'Number of times cached inode attributes are re-validated from the server.'],
  ['dnode_revalidate', 'Number of times cached dentry nodes are re-validated from the server.'],
  ['data_invalidate', 'Number of times an inode cache is cleared.'],
  ['attribute_invalidate', 'Number of times cached inode attributes are invalidated.'],
  ['vfs_open', 'Number of times cached inode attributes are invalidated.'],
  ['vfs_lookup', 'Number of times a directory lookup has occurred.'],
  ['vfs_access', 'Number of times permissions have been checked.'],
  ['vfs_update_page', 'Number of updates (and potential writes) to pages.'],
  ['vfs_read_page', "Number of pages read directly via mmap()'d files."],
  ['vfs_read_pages', 'Number of times a group of pages have been read.'],
  ['vfs_write_page', "Number of pages written directly via mmap()'d files."],
  ['vfs_write_pages', 'Number of times a group of pages have been written.'],
  ['vfs_getdents', 'Number of times directory entries have been read with getdents().'],
  ['vfs_setattr', 'Number of times directory entries have been read with getdents().'],
  ['vfs_flush', 'Number of pending writes that have been forcefully flushed to the server.'],
  ['vfs_fsync', 'Number of times fsync() has been called on directories and files.'],
  ['vfs_lock', 'Number of times locking has been attempted on a file.'],
  ['vfs_file_release', 'Number of times files have been closed and released.'],
  undefined,
  ['truncation', 'Number of times files have been truncated.'],
  ['write_extension', 'Number of times a file has been grown due to writes beyond its existing end.'],
  ['silly_rename', 'Number of times a file was removed while still open by another process.'],
  ['short_read', 'Number of times the NFS server gave less data than expected while reading.'],
  ['short_write', 'Number of times the NFS server wrote less data than expected while writing.'],
  ['jukebox_delay', 'Number of times the NFS server indicated EJUKEBOX; retrieving data from offline storage.'],
  ['pnfs_read', 'Number of NFS v4.1+ pNFS reads.'],
  ['pnfs_write', 'Number of NFS v4.1+ pNFS writes.'],
];

/** Metrics of a mount without further labels. */
export const plainMetrics: readonly AttributeMetric[] = [
  metric('age_seconds_total', 'age', 'The age of the NFS mount in seconds.'),
  ...byteMetrics,
  ...events.flatMap((event, column) =>
    event === undefined ? [] : [metric(`event_${event[0]}_total`, `events.${column}`, event[1])],
  ),
];

export const transportMetrics: readonly AttributeMetric[] = [
  metric(
    'transport_bind_total',
    'bind',
    'Number of times the client has had to establish a connection from scratch to the NFS server.',
  ),
  metric(
    'transport_connect_total',
    'connect',
    'Number of times the client has made a TCP connection to the NFS server.',
  ),
  metric('transport_idle_time_seconds', 'idle', 'Duration since the NFS mount last saw any RPC traffic, in seconds.'),
  metric('transport_sends_total', 'sends', 'Number of RPC requests for this mount sent to the NFS server.'),
  metric(
    'transport_receives_total',
    'receives',
    'Number of RPC responses for this mount received from the NFS server.',
  ),
  metric(
    'transport_bad_transaction_ids_total',
    'badIds',
    'Number of times the NFS server sent a response with a transaction ID unknown to this client.',
  ),
  metric('transport_backlog_queue_total', 'backlog', 'Total number of items added to the RPC backlog queue.'),
  metric('transport_maximum_rpc_slots', 'slots', 'Maximum number of simultaneously active RPC requests ever used.'),
  metric(
    'transport_sending_queue_total',
    'sending',
    'Total number of items added to the RPC transmission sending queue.',
  ),
  metric(
    'transport_pending_queue_total',
    'pending',
    'Total number of items added to the RPC transmission pending queue.',
  ),
];

/** In the order of the columns of an operation. */
export const operationMetrics: readonly AttributeMetric[] = [
  metric('operations_requests_total', '0', 'Number of requests performed for a given operation.'),
  metric(
    'operations_transmissions_total',
    '1',
    'Number of times an actual RPC request has been transmitted for a given operation.',
  ),
  metric(
    'operations_major_timeouts_total',
    '2',
    'Number of times a request has had a major timeout for a given operation.',
  ),
  metric(
    'operations_sent_bytes_total',
    '3',
    'Number of bytes sent for a given operation, including RPC headers and payload.',
  ),
  metric(
    'operations_received_bytes_total',
    '4',
    'Number of bytes received for a given operation, including RPC headers and payload.',
  ),
  metric(
    'operations_queue_time_seconds_total',
    '5',
    'Duration all requests spent queued for transmission for a given operation before they were sent, in seconds.',
    milliseconds,
  ),
  metric(
    'operations_response_time_seconds_total',
    '6',
    'Duration all requests took to get a reply back after a request for a given operation was transmitted, in seconds.',
    milliseconds,
  ),
  metric(
    'operations_request_time_seconds_total',
    '7',
    'Duration all requests took from when a request was enqueued to when it was completely handled for a given operation, in seconds.',
    milliseconds,
  ),
];

/** All metrics: the collector succeeds on a host without NFS mounts. */
export const declaredMetrics: readonly Metric[] = [
  metrics.mountpoint,
  ...plainMetrics,
  ...transportMetrics,
  ...operationMetrics,
];
