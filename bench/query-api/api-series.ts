/** Series of a fleet in Prometheus: the raw series that the catalogue reads, and the recorded series. */
import { familiesOf } from '../../common/catalogue/expression.ts';
import {
  type CatalogueMetric,
  type DimensionLabel,
  metrics,
  operationsOf,
  recordingName,
} from '../../common/catalogue/metrics.ts';
import { type RecordedTierName } from '../../common/catalogue/tiers.ts';
import { encodeLabels } from '../../common/remote-write/encode.ts';

export interface BenchSeries {
  readonly labels: Uint8Array;
  /** Slope of counters and mean of gauges. */
  readonly level: number;
  readonly isCounter: boolean;
}

type Labels = Readonly<Record<string, string>>;

const cpuModes = ['user', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal', 'nice'];
const cpus: readonly Labels[] = [{ cpu: '0' }, { cpu: '1' }];
const disks: readonly Labels[] = [{ device: 'sda' }];
const interfaces: readonly Labels[] = [{ device: 'lo' }, { device: 'eth0' }];
const mounts: readonly Labels[] = [
  { device: '/dev/sda1', mountpoint: '/', fstype: 'ext4' },
  { device: '/dev/sda2', mountpoint: '/var', fstype: 'ext4' },
];

export function hostNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `web-${String(index + 1).padStart(4, '0')}`);
}

/** Raw series, as the exporter exposes them. */
export function rawSeries(host: string): readonly BenchSeries[] {
  const families = new Map<string, readonly Labels[]>();
  for (const metric of metrics)
    for (const family of familiesOf(metric.exported)) families.set(family, labelSets(metric));
  families.set(
    'node_cpu_seconds_total',
    cpus.flatMap((cpu) => cpuModes.map((mode) => ({ ...cpu, mode }))),
  );
  return [...families].flatMap(([family, sets]) =>
    sets.map((labels, index) => ({
      labels: encodeLabels(family, { ...labels, job: 'node', instance: host }),
      level: levelOf(family, index),
      isCounter: family.endsWith('_total'),
    })),
  );
}

export function recordedSeries(host: string, tier: RecordedTierName): readonly BenchSeries[] {
  return metrics.flatMap((metric) =>
    operationsOf(metric).flatMap((operation) =>
      labelSets(metric).map((labels, index) => ({
        labels: encodeLabels(recordingName(metric, operation, tier), { ...labels, job: 'node', instance: host }),
        level: metric.unit === 'percent' ? 40 : levelOf(metric.name, index),
        isCounter: false,
      })),
    ),
  );
}

/** The series `up`. */
export function upSeries(host: string): BenchSeries {
  return { labels: encodeLabels('up', { job: 'node', instance: host }), level: 1, isCounter: false };
}

/** Present as long as rules are evaluated: dashboards derive the age of data from the series. */
export const watchdog: BenchSeries = {
  labels: encodeLabels('ALERTS', { alertname: 'Watchdog', alertstate: 'firing', severity: 'none' }),
  level: 1,
  isCounter: false,
};

/** Returns the series of one host. */
function labelSets({ name, labels }: CatalogueMetric): readonly Labels[] {
  const has = (label: DimensionLabel): boolean => labels.includes(label);
  if (has('mountpoint')) return mounts;
  if (has('cpu')) return cpus;
  if (has('device')) return name.startsWith('disk.') ? disks : interfaces;
  return [{}];
}

/** Sizes are consistent: a total is larger than its parts. */
function levelOf(name: string, index: number): number {
  if (/Total|size|\.total$|files$/.test(name)) return 16 * 2 ** 30;
  if (/bytes|disk\.|memory|swap|files/i.test(name)) return 4 * 2 ** 30 + index * 2 ** 20;
  return 1 + index;
}
