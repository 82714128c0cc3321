/** Exposes connections, disk states and counters of DRBD 8 devices, from /proc/drbd. Source: the DRBD 8.4 user's guide, "Status information in /proc/drbd" */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import type { Labels } from '../exposition/family.ts';
import { type AttributeMetric, createSampleTable, type Metric } from '../exposition/sample-table.ts';
import { parseUnsigned, quote, readHostFile } from '../procfs/host-file.ts';
import type { ValueFaults } from '../procfs/value-faults.ts';

const kibibyte = 1 / 1024;

const counters: readonly AttributeMetric[] = [
  metric('activitylog_writes_total', 'Number of updates of the activity log area of the meta data.', 'al'),
  metric('application_pending', 'Number of block I/O requests forwarded to DRBD, but not yet answered by DRBD.', 'ap'),
  metric('bitmap_writes_total', 'Number of updates of the bitmap area of the meta data.', 'bm'),
  metric('disk_read_bytes_total', 'Net data read from local hard disk; in bytes.', 'dr', kibibyte),
  metric('disk_written_bytes_total', 'Net data written on local hard disk; in bytes.', 'dw', kibibyte),
  metric('epochs', 'Number of Epochs currently on the fly.', 'ep'),
  metric('local_pending', 'Number of open requests to the local I/O sub-system.', 'lo'),
  metric('network_received_bytes_total', 'Total number of bytes received via the network.', 'nr', kibibyte),
  metric('network_sent_bytes_total', 'Total number of bytes sent via the network.', 'ns', kibibyte),
  metric('out_of_sync_bytes', 'Amount of data known to be out of sync; in bytes.', 'oos', kibibyte),
  metric(
    'remote_pending',
    'Number of requests sent to the peer, but that have not yet been answered by the latter.',
    'pe',
  ),
  metric(
    'remote_unacknowledged',
    'Number of requests received by the peer via the network connection, but that have not yet been answered.',
    'ua',
  ),
];

const connected: Metric = {
  name: 'node_drbd_connected',
  type: 'gauge',
  help: 'Whether DRBD is connected to the peer.',
};

/** States of both nodes, with the state that has the value 1. */
const nodeStates = {
  ds: {
    metric: metric('disk_state_is_up_to_date', 'Whether the disk of the node is up to date.', 'ds'),
    expected: 'UpToDate',
  },
  ro: {
    metric: metric('node_role_is_primary', 'Whether the role of the node is in the primary state.', 'ro'),
    expected: 'Primary',
  },
} as const;

function metric(name: string, help: string, attribute: string, divisor = 1): AttributeMetric {
  const type = name.endsWith('_total') ? 'counter' : 'gauge';
  return { name: `node_drbd_${name}`, type, help, attribute, divisor };
}

export const drbd: Collector = {
  name: 'drbd',
  defaultEnabled: false,
  help: 'Exposes connections, disk states and counters of DRBD 8 devices, from /proc/drbd.',
  docs: {
    source: '/proc/drbd; DRBD 9 does not write statistics to this file',
    cost: '17 series per device',
    differences: [
      {
        upstream: 'exposes the received kibibytes as `node_drbd_network_received_bytes_total`',
        here: 'exposes bytes',
        reason: 'the unit of the metric is bytes',
      },
    ],
  },
  flags: [],
  create({ paths, faults }) {
    const path = join(paths.procfs, 'drbd');
    return () => {
      if (!existsSync(path)) return [];
      const table = createSampleTable([
        connected,
        ...counters,
        ...Object.values(nodeStates).map((state) => state.metric),
      ]);
      for (const sample of parseDrbd(readHostFile(path), faults)) table.add(sample.metric, sample.labels, sample.value);
      return table.families();
    };
  },
};

export interface DrbdSample {
  readonly metric: Metric;
  readonly labels: Labels;
  /** In the unit of the file: the table divides the value by the metric's divisor. */
  readonly value: number;
}

/**
 * Parses ` 0: cs:Connected ro:Primary/Secondary ds:UpToDate/UpToDate C r-----` and the lines with counters below. Ignores other words, such
 * as the progress of a synchronisation. A malformed value is reported and omitted.
 */
export function parseDrbd(text: string, faults: ValueFaults): DrbdSample[] {
  const samples: DrbdSample[] = [];
  if (!text.startsWith('version: '))
    faults.report('drbd', new Error(`drbd: expected "version: " at the beginning, got ${quote(text.slice(0, 100))}`));
  let device: string | undefined;
  for (const word of text.split(/\s+/)) {
    const [key = '', value, ...rest] = word.split(':');
    if (value === undefined || rest.length > 0) continue;
    if (value === '' && /^\d+$/.test(key)) device = `drbd${key}`;
    else if (device !== undefined)
      samples.push(...(faults.attempt(`drbd ${device} ${key}`, parseWord(device, key, value)) ?? []));
  }
  return samples;
}

function parseWord(device: string, key: string, value: string): () => DrbdSample[] {
  return () => {
    const where = `drbd ${device} ${key}`;
    if (key === 'cs') return [{ metric: connected, labels: { device }, value: Number(value === 'Connected') }];
    if (key === 'ds' || key === 'ro') return parseNodeStates(key, { device, value, where });
    const each = counters.find(({ attribute }) => attribute === key);
    return each === undefined ? [] : [{ metric: each, labels: { device }, value: parseUnsigned(value, where) }];
  };
}

/** Parses `Primary/Secondary`: the state of this node and of its peer. */
function parseNodeStates(
  key: keyof typeof nodeStates,
  { device, value, where }: { readonly device: string; readonly value: string; readonly where: string },
): DrbdSample[] {
  const states = value.split('/');
  if (states.length !== 2)
    throw new Error(`${where}: expected two states such as Primary/Secondary, got ${quote(value)}`);
  return ['local', 'remote'].map((node, index) => ({
    metric: nodeStates[key].metric,
    labels: { device, node },
    value: Number(states[index] === nodeStates[key].expected),
  }));
}
