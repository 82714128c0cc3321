/** Defines series of workloads and hardware of a host: raw series, recorded series, and states of disks, arrays and clocks. */
import type { BenchSeries } from '../../bench/query-api/api-series.ts';
import { familiesOf } from '../../common/catalogue/expression.ts';
import { type CatalogueMetric, operationsOf, recordingName } from '../../common/catalogue/metrics.ts';
import type { RecordedTierName } from '../../common/catalogue/tiers.ts';
import { workloadMetrics } from '../../common/catalogue/workloads.ts';
import { encodeLabels } from '../../common/remote-write/encode.ts';

type Labels = Readonly<Record<string, string>>;

/** Two label sets for each label that distinguishes workload series. */
const labelSetsOf: Readonly<Record<string, readonly Labels[]>> = {
  unit: [{ unit: 'web.service' }, { unit: 'backup.service' }],
  name: [{ name: 'web' }, { name: 'cache' }],
  groupname: [{ groupname: 'java' }, { groupname: 'nginx' }],
  chip: [
    { chip: 'platform_coretemp_0', sensor: 'temp1' },
    { chip: 'platform_coretemp_0', sensor: 'temp2' },
  ],
  uuid: [{ uuid: 'GPU-1' }, { uuid: 'GPU-2' }],
  device: [{ device: 'sda' }],
};

/** Labels that the catalogue selects. */
const selected: Readonly<Record<string, Labels>> = {
  namedprocess_namegroup_memory_bytes: { memtype: 'resident' },
  smartctl_device_temperature: { temperature_type: 'current' },
};

function labelSets({ labels: [first] }: CatalogueMetric): readonly Labels[] {
  return first === undefined ? [{}] : (labelSetsOf[first] ?? []);
}

function seriesOf(family: string, labels: Labels, level: number): BenchSeries {
  return { labels: encodeLabels(family, labels), level, isCounter: family.endsWith('_total') };
}

/** Raw series, as the exporter exposes them. */
export function rawWorkloads(host: string): readonly BenchSeries[] {
  const families = new Map<string, readonly Labels[]>();
  for (const metric of workloadMetrics)
    for (const family of familiesOf(metric.exported)) families.set(family, labelSets(metric));
  return [...families].flatMap(([family, sets]) =>
    sets.map((labels, index) =>
      seriesOf(family, { ...labels, ...selected[family], job: 'node', instance: host }, levelOf(family, index)),
    ),
  );
}

/** A share of a core for counters of CPU time; less than the limit for tables of the kernel. */
function levelOf(family: string, index: number): number {
  if (/seconds_total$|ratio$/.test(family)) return 0.25 + index / 8;
  if (/maximum$|limit$/.test(family)) return 1_000;
  if (/bytes/.test(family)) return 2 ** 30 + index * 2 ** 20;
  return 30 + index;
}

export function recordedWorkloads(host: string, tier: RecordedTierName): readonly BenchSeries[] {
  return workloadMetrics.flatMap((metric) =>
    operationsOf(metric).flatMap((operation) =>
      labelSets(metric).map((labels, index) =>
        seriesOf(
          recordingName(metric, operation, tier),
          { ...labels, job: 'node', instance: host },
          metric.unit.startsWith('bytes') ? 2 ** 30 + index * 2 ** 20 : 30 + index,
        ),
      ),
    ),
  );
}

/** Series that dashboards read without a metric of the catalogue. */
export function hardwareStates(host: string): readonly BenchSeries[] {
  const state = (family: string, level: number, labels: Labels = {}): BenchSeries =>
    seriesOf(family, { ...labels, job: 'node', instance: host }, level);
  return [
    state('smartctl_device_smart_status', 1, { device: 'sda' }),
    state('node_md_disks_required', 2, { device: 'md0' }),
    state('node_md_disks', 2, { device: 'md0', state: 'active' }),
    state('node_md_disks', 0, { device: 'md0', state: 'failed' }),
    state('node_timex_sync_status', 1),
    state('node_timex_maxerror_seconds', 0.01),
  ];
}
