/** Lists the cases of the alerts of workload-alerts.ts. */
import type { AlertCase, CaseSeries } from './alert-case.ts';
import { constant, increasing } from './case-file.ts';

/** Returns the memory of a unit or container whose limit is 1,000 bytes. */
function memoryOf(limit: string, prefix: string, labels: string, bytes: number): CaseSeries {
  return {
    [`${limit}{${labels}}`]: constant(1_000),
    [`${prefix}_memory_working_set_bytes{${labels}}`]: constant(bytes),
  };
}

const starts = 'hostpulse_unit_starts_total{unit="web.service"}';

export const workloadAlertCases: readonly AlertCase[] = [
  {
    alert: 'OomKill',
    severity: 'warning',
    forSeconds: 15,
    needsSecondScrape: true,
    above: { node_vmstat_oom_kill: increasing(0.01) },
    below: { node_vmstat_oom_kill: constant(3) },
  },
  {
    alert: 'UnitRestartsOften',
    severity: 'warning',
    labels: 'unit="web.service"',
    forSeconds: 600,
    needsSecondScrape: true,
    // Far beyond the threshold, because most of the rate's window is empty at the second scrape.
    above: { [starts]: increasing(1) },
    below: { [starts]: increasing(1.48 / 60) },
  },
  {
    alert: 'UnitMemoryHigh',
    severity: 'warning',
    labels: 'unit="web.service"',
    forSeconds: 300,
    above: memoryOf('hostpulse_unit_memory_limit_bytes', 'hostpulse_unit', 'unit="web.service"', 901),
    below: memoryOf('hostpulse_unit_memory_limit_bytes', 'hostpulse_unit', 'unit="web.service"', 900),
  },
  {
    alert: 'ContainerMemoryHigh',
    severity: 'warning',
    labels: 'name="web"',
    forSeconds: 300,
    above: memoryOf('container_spec_memory_limit_bytes', 'container', 'id="c1",image="i1",name="web"', 901),
    below: memoryOf('container_spec_memory_limit_bytes', 'container', 'id="c1",image="i1",name="web"', 900),
  },
  {
    alert: 'DiskSmartFailing',
    severity: 'critical',
    labels: 'device="sda"',
    forSeconds: 60,
    above: { 'smartctl_device_smart_status{device="sda"}': constant(0) },
    below: { 'smartctl_device_smart_status{device="sda"}': constant(1) },
  },
];
