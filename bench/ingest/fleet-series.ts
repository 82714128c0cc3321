/** Series of a simulated host: a given number of node_exporter series. */

export interface FleetSeries {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly isCounter: boolean;
}

const modes = ['idle', 'iowait', 'irq', 'nice', 'softirq', 'steal', 'system', 'user'];
const disk = ['reads_completed', 'read_bytes', 'writes_completed', 'written_bytes', 'io_time_seconds'];
const network = ['receive_bytes', 'transmit_bytes', 'receive_packets', 'transmit_packets', 'receive_errs'];
const filesystem = ['size', 'free', 'avail'];
const memory = ['MemTotal', 'MemFree', 'MemAvailable', 'Buffers', 'Cached', 'SwapTotal', 'SwapFree', 'Active'];

/** Each round adds the modes of a CPU, the counters of a disk and an interface, a file system, and levels without labels. */
export function fleetSeries(count: number): readonly FleetSeries[] {
  const series: FleetSeries[] = [];
  for (let round = 0; series.length < count; round++) {
    const counter = (name: string, labels: Readonly<Record<string, string>>) =>
      series.push({ name: `node_${name}_total`, labels, isCounter: true });
    for (const mode of modes) counter('cpu_seconds', { cpu: String(round), mode });
    for (const name of disk) counter(`disk_${name}`, { device: `nvme${round}n1` });
    for (const name of network) counter(`network_${name}`, { device: `eth${round}` });
    for (const name of filesystem)
      series.push({
        name: `node_filesystem_${name}_bytes`,
        labels: { device: `/dev/nvme${round}n1p1`, fstype: 'ext4', mountpoint: `/srv/volume-${round}` },
        isCounter: false,
      });
    const suffix = round === 0 ? '' : `_${round}`;
    for (const name of memory)
      series.push({ name: `node_memory_${name}${suffix}_bytes`, labels: {}, isCounter: false });
  }
  return series.slice(0, count);
}
