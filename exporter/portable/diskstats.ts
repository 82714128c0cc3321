/** Exposes the sum of the reads and writes of all disks. systeminformation has no counters per disk, and no counters on Windows. */
import type { Collector } from '../collector/collector.ts';
import { counter, type Family } from '../exposition/family.ts';
import { positiveAt } from './systeminformation/field.ts';
import type { Platform, PortableHost } from './systeminformation/host.ts';

/** The smallest transfer of a disk operation. */
const sectorBytes = 512;

export function createPortableDiskstats(host: PortableHost): Collector {
  return {
    name: 'diskstats',
    defaultEnabled: true,
    help: 'Exposes reads and writes of all disks together, as device="all".',
    flags: [],
    create: () => async () => {
      const [bytes, operations] = await Promise.all([host.ask('fsStats'), host.ask('disksIO')]);
      return familiesOf(parseDiskTotals(bytes, operations, host.platform));
    },
  };
}

export interface DiskTotals {
  readonly readBytes: number;
  readonly writtenBytes: number;
  readonly reads: number;
  readonly writes: number;
}

/** Returns totals since boot. Throws for zeros, which no running host has. */
export function parseDiskTotals(bytes: unknown, operations: unknown, platform: Platform): DiskTotals {
  const totals = {
    readBytes: positiveAt(bytes, 'rx', 'systeminformation.fsStats'),
    writtenBytes: positiveAt(bytes, 'wx', 'systeminformation.fsStats'),
    reads: positiveAt(operations, 'rIO', 'systeminformation.disksIO'),
    writes: positiveAt(operations, 'wIO', 'systeminformation.disksIO'),
  };
  // On macOS systeminformation takes the numbers from ioreg's text by position, so a changed layout mixes them up.
  if (platform === 'darwin') {
    checkPlausible('read', totals.readBytes, totals.reads);
    checkPlausible('written', totals.writtenBytes, totals.writes);
  }
  return totals;
}

function checkPlausible(verb: string, bytes: number, operations: number): void {
  if (bytes >= operations * sectorBytes) return;
  throw new Error(
    `systeminformation.fsStats: expected at least ${sectorBytes} bytes ${verb} an operation, got ${bytes} in ${operations}`,
  );
}

function familiesOf({ readBytes, writtenBytes, reads, writes }: DiskTotals): Family[] {
  const total = (name: string, help: string, value: number): Family =>
    counter(`node_disk_${name}_total`, help, [{ labels: { device: 'all' }, value }]);
  return [
    total('reads_completed', 'The total number of reads completed successfully.', reads),
    total('read_bytes', 'The total number of bytes read successfully.', readBytes),
    total('writes_completed', 'The total number of writes completed successfully.', writes),
    total('written_bytes', 'The total number of bytes written successfully.', writtenBytes),
  ];
}
