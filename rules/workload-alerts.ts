/**
 * Defines the default alerts about what runs on hosts, and about hardware, clock and services. The alerts about units, containers, groups
 * of processes, SMART and failed units need the collectors `units`, `containers`, `process_groups`, `smart` and `systemd`, which are off by
 * default.
 */
import { matcher, renderSelector } from '../common/catalogue/promql.ts';
import { type Alert, percentValue, type Severity, where } from './alert.ts';
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
      name: 'ProcessFilesHigh',
      severity: 'warning',
      bare: `100 * ${select('namedprocess_namegroup_worst_fd_ratio')}`,
      operator: '>',
      threshold: 90,
      unit: 'percent',
      for: hold(300),
      summary: `${where}: a process of {{ $labels.groupname }} uses ${percentValue} of its file descriptors`,
      description: `Above 90 % for ${hold(300)}. At the limit, the process cannot open files or connections. Raise LimitNOFILE=, or look for files that it does not close.`,
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

interface TemperatureLevel {
  readonly name: string;
  readonly severity: Severity;
  /** Distance to the critical temperature, in degrees. */
  readonly margin: number;
  readonly forSeconds: number;
}

const temperatureLevels: readonly TemperatureLevel[] = [
  { name: 'TemperatureHigh', severity: 'warning', margin: 5, forSeconds: 300 },
  { name: 'TemperatureCritical', severity: 'critical', margin: 1, forSeconds: 60 },
];

/** Lowest critical temperature that is plausible: some sensors report 0 or a negative number as their limit. */
const leastLimit = 40;

/** The kernel's limit of the estimated error of the clock, reached when nothing synchronises the clock. */
const unsynchronisedSeconds = 16;

/** Returns the alerts about hardware, clock and services. Alerts of a collector that is off have no series and do not fire. */
export function createHardwareAlerts(fleet: Fleet): readonly Alert[] {
  const select = (family: string, label?: string, value = ''): string =>
    renderSelector(family, label === undefined ? fleet.matchers : [matcher(label, value), ...fleet.matchers]);
  const hold = (seconds: number): string => renderHold(seconds, fleet);
  const limit = select('node_hwmon_temp_crit_celsius');
  return [
    ...temperatureLevels.map(
      ({ name, severity, margin, forSeconds }): Alert => ({
        name,
        severity,
        bare: `(${limit} > ${leastLimit}) - ${select('node_hwmon_temp_celsius')}`,
        operator: '<',
        threshold: margin,
        unit: 'celsius',
        for: hold(forSeconds),
        summary: `${where}: {{ $labels.sensor }} of {{ $labels.chip }} is {{ $value | printf "%.1f" }} °C below its critical temperature`,
        description: `Less than ${margin} °C below the limit of the sensor for ${hold(forSeconds)}. At the limit, the hardware slows down or switches off. Check fans, dust and the temperature of the room.`,
      }),
    ),
    {
      name: 'RaidDegraded',
      severity: 'critical',
      bare: `${select('node_md_disks_required')} - ignoring (state) ${select('node_md_disks', 'state', 'active')}`,
      operator: '>',
      threshold: 0,
      unit: 'count',
      for: hold(60),
      summary: `${where}: {{ $value }} disks of RAID {{ $labels.device }} are missing`,
      description:
        'The array works without redundancy, or with less: the next failure may lose its data. Replace the failed disk. The alert ends when the array is rebuilt; /proc/mdstat shows the progress.',
    },
    {
      name: 'ClockNotSynchronised',
      severity: 'warning',
      bare: `${select('node_timex_sync_status')} and (${select('node_timex_maxerror_seconds')} >= ${unsynchronisedSeconds})`,
      operator: '==',
      threshold: 0,
      unit: 'state',
      for: hold(900),
      summary: `${where}: the clock is not synchronised`,
      description: `No time server has set the clock for ${hold(900)}. Check chronyd, ntpd or systemd-timesyncd on the host, and the way to their servers.`,
    },
    {
      name: 'UnitFailed',
      severity: 'warning',
      bare: select('node_systemd_unit_state', 'state', 'failed'),
      operator: '==',
      threshold: 1,
      unit: 'state',
      for: hold(300),
      summary: `${where}: {{ $labels.name }} failed`,
      description: `The unit is in the state failed for ${hold(300)}: its program ended with an error, or could not start. systemctl status and the journal of the unit have the reason.`,
    },
  ];
}
