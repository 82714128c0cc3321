/**
 * Defines the default alerts about OOM kills, units, containers and disks. The alerts about units, containers and disks need the
 * collectors `units`, `containers` and `smart`, which are off by default.
 */
import { renderSelector } from '../common/catalogue/promql.ts';
import { type Alert, percentValue, where } from './alert.ts';
import { type Fleet, renderHold } from './fleet.ts';

/** Returns the alerts of the fleet. While a collector is off, its metrics have no series, and the alerts about them do not fire. */
export function createWorkloadAlerts(fleet: Fleet): readonly Alert[] {
  const select = (family: string): string => renderSelector(family, fleet.matchers);
  const hold = (seconds: number): string => renderHold(seconds, fleet);
  const percentOf = (used: string, limit: string): string => `100 * ${select(used)} / (${select(limit)} > 0)`;
  return [
    {
      name: 'OomKill',
      severity: 'warning',
      bare: `increase(${select('node_vmstat_oom_kill')}[10m])`,
      operator: '>',
      threshold: 0,
      unit: 'count',
      for: hold(15),
      summary: `${where}: the kernel killed a process because memory was short`,
      description:
        'A process was killed within ten minutes: memory of the host, of a unit or of a container was used up. The kernel log names the process; hostpulse_slice_oom_kills_total and container_oom_events_total name slice and container where these collectors are on.',
    },
    {
      name: 'UnitRestartsOften',
      severity: 'warning',
      // The threshold is above 1, because a timer may start a unit every minute.
      bare: `60 * rate(${select('hostpulse_unit_starts_total')}[5m])`,
      operator: '>',
      threshold: 1.5,
      unit: 'count',
      for: hold(600),
      summary: `${where}: {{ $labels.unit }} restarts {{ $value | printf "%.1f" }} times a minute`,
      description: `The unit starts again and again for ${hold(600)}: its program ends soon after each start. Its journal has the reason.`,
    },
    {
      name: 'UnitMemoryHigh',
      severity: 'warning',
      bare: percentOf('hostpulse_unit_memory_working_set_bytes', 'hostpulse_unit_memory_limit_bytes'),
      operator: '>',
      threshold: 90,
      unit: 'percent',
      for: hold(300),
      summary: `${where}: {{ $labels.unit }} uses ${percentValue} of its memory limit`,
      description: `Above 90 % for ${hold(300)}. At the limit, the kernel kills a process of the unit. Raise MemoryMax=, or reduce what the unit keeps in memory.`,
    },
    {
      name: 'ContainerMemoryHigh',
      severity: 'warning',
      bare: `max without (id, image) (${percentOf('container_memory_working_set_bytes', 'container_spec_memory_limit_bytes')})`,
      operator: '>',
      threshold: 90,
      unit: 'percent',
      for: hold(300),
      summary: `${where}: container {{ $labels.name }} uses ${percentValue} of its memory limit`,
      description: `Above 90 % for ${hold(300)}. At the limit, the kernel kills a process of the container. Raise the limit, or reduce what the container keeps in memory.`,
    },
    {
      name: 'DiskSmartFailing',
      severity: 'critical',
      bare: select('smartctl_device_smart_status'),
      operator: '==',
      threshold: 0,
      unit: 'state',
      for: hold(60),
      summary: `${where}: disk {{ $labels.device }} predicts its failure`,
      description:
        'The self-assessment of the disk (SMART) failed: the disk may stop working within a day. Back up and replace it.',
    },
  ];
}
