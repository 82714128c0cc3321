/**
 * Exposes SMART values of disks under smartctl_exporter's names, from `smartctl --json`, which runs at an interval as a child process.
 * Does not wake disks in standby.
 */
import { createProgramRunner } from '../collector/child-program.ts';
import type { Collector } from '../collector/collector.ts';
import { checkSeconds, parseSeconds } from '../collector/duration-flag.ts';
import { compileNameFilter, type NameFilterFlags, nameFilterFlags } from '../collector/name-filter.ts';
import { createSlowPoll } from '../collector/slow-poll.ts';
import { createSampleTable } from '../exposition/sample-table.ts';
import { ageFamilies } from '../procfs/slow-attributes.ts';
import { textAt, valueAt } from './smart/smart-json.ts';
import { smartMetrics } from './smart/smart-metrics.ts';
import { createSmartPoll, type SmartPoll } from './smart/smart-poll.ts';
import { addReading } from './smart/smart-samples.ts';

const deviceFlags: NameFilterFlags = { collector: 'smart', include: 'device-include', exclude: 'device-exclude' };

/** Time limit of a scrape that waits for a poll. */
const waitMs = 1_000;

export const smart: Collector = {
  name: 'smart',
  defaultEnabled: false,
  help: 'Exposes SMART values of disks, from smartctl --json, which runs at a configured interval.',
  docs: {
    names: 'smartctl_exporter',
    source: '`smartctl --json` (smartmontools 7.0 or later)',
    cost: 'a process per disk every `--collector.smart.interval`, 20 to 120 series per disk',
    differences: [
      {
        upstream: 'exposes 0 for values that a disk does not have',
        here: 'omits these values',
        reason: 'an absent value is not mistaken for 0',
      },
      {
        upstream: 'exposes no series of a disk in standby',
        here: 'exposes the values of the last reading, without the temperature, and `hostpulse_smart_device_standby`',
        reason: 'counters and alerts do not end when a disk goes into standby',
      },
      {
        upstream: 'computes `smartctl_device_bytes_read` with 1,024 logical blocks per data unit',
        here: 'computes it with 512,000 bytes per data unit',
        reason: 'the NVMe specification',
      },
      {
        upstream: '`smartctl_device_statistics`',
        here: 'absent',
        reason: 'smartctl needs more commands to the disk, and its labels are unbounded',
      },
    ],
  },
  flags: [
    { name: 'path', help: 'Program that reads SMART values.', default: 'smartctl' },
    { name: 'interval', help: 'Time between two readings of the disks.', default: '5m', check: checkSeconds },
    ...nameFilterFlags('disks, such as sda', deviceFlags),
  ],
  create({ flags, faults, now = Date.now, runProgram = createProgramRunner() }) {
    const intervalMs = parseSeconds(flags['interval'] ?? '');
    const read = createSlowPoll<SmartPoll>({
      poll: createSmartPoll({
        run: runProgram,
        command: flags['path'] ?? '',
        isShown: compileNameFilter(flags, deviceFlags),
        faults,
      }),
      intervalMs,
      waitMs,
      maxAgeMs: 3 * intervalMs,
      now,
      onError: (error) => faults.report('smart', error),
    });
    return async () => {
      const polled = await read();
      if (polled === undefined) return [];
      const { readings, scan } = polled.value;
      const table = createSampleTable();
      for (const reading of readings) addReading(table, reading);
      table.add(smartMetrics.version, versionLabels(scan), 1);
      return [...table.families(), ...ageFamilies('smart', polled.ageSeconds)];
    };
  },
};

function versionLabels(scan: SmartPoll['scan']): Readonly<Record<string, string>> {
  const numbers = (path: string) => {
    const value = valueAt(scan, path);
    return Array.isArray(value) ? value.join('.') : '';
  };
  return {
    build_info: textAt(scan, 'smartctl.build_info') ?? '',
    json_format_version: numbers('json_format_version'),
    smartctl_version: numbers('smartctl.version'),
    svn_revision: textAt(scan, 'smartctl.svn_revision') ?? '',
  };
}
