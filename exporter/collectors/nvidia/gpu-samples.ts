/** Converts the output of nvidia-smi to families. */
import { counter, type Family, gauge, type Labels, type Sample, single, sortLabels } from '../../exposition/family.ts';
import type { ValueFaults } from '../../procfs/value-faults.ts';
import { type GpuMetric, parseGpuValue, parseHeading, parseUuid } from './gpu-fields.ts';
import { type GpuPoll, identityFields } from './gpu-poll.ts';

const infoHelp =
  "A metric with a constant '1' value labeled by gpu uuid, name, driver_model_current, driver_model_pending, vbios_version, driver_version, pci_bus_id, serial, index.";

/** Returns a family for each field, with a sample for each GPU. A value that cannot be parsed is reported and omitted. */
export function gpuFamilies({ table, exitCode }: GpuPoll, failures: number, faults: ValueFaults): Family[] {
  const { headings, rows } = table;
  const uuidColumn = headings.indexOf('uuid');
  const identity = new Set<string>(identityFields);
  const families = new Map<string, { readonly metric: GpuMetric; readonly samples: Sample[] }>();
  const info: Sample[] = [];
  for (const row of rows) {
    const uuid = parseUuid(row[uuidColumn] ?? '');
    info.push({ labels: infoLabels(headings, row, uuid), value: 1 });
    for (const [column, heading] of headings.entries()) {
      if (identity.has(heading)) continue;
      const metric = parseHeading(heading);
      const where = `${heading} of ${uuid}`;
      const value = faults.attempt(where, () => parseGpuValue(row[column] ?? '', where));
      if (value === undefined) continue;
      const family = families.get(metric.name) ?? { metric, samples: [] };
      families.set(metric.name, family);
      family.samples.push({ labels: { uuid }, value: scaled(value, metric.factor) });
    }
  }
  return [
    single('nvidia_smi_command_exit_code', 'Exit code of the most recent nvidia-smi run', 'gauge', exitCode),
    counter('nvidia_smi_failed_scrapes_total', 'Number of failed collections', [{ labels: {}, value: failures }]),
    gauge('nvidia_smi_gpu_info', infoHelp, info),
    ...[...families.values()]
      .sort((a, b) => (a.metric.name < b.metric.name ? -1 : 1))
      .map(({ metric, samples }) => gauge(metric.name, metric.help, samples)),
  ];
}

/** Multiplies the value by the factor. Divides by the inverse of a factor below 1, so that 42 % is 0.42 and not 0.42000000000000004. */
function scaled(value: number, factor: number): number {
  return factor < 1 ? value / Math.round(1 / factor) : value * factor;
}

function infoLabels(headings: readonly string[], row: readonly string[], uuid: string): Labels {
  const labels = identityFields.map((field) => {
    const value = field === 'uuid' ? uuid : (row[headings.indexOf(field)] ?? '');
    return [field.replaceAll('.', '_'), value] as const;
  });
  return sortLabels(Object.fromEntries(labels));
}
