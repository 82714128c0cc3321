/** Which collectors run and with which flags: the config's switches, then the broad `metrics.*` keys, then the defaults. */

import { messageOf } from '../common/program/log.ts';
import type { Problem } from '../common/program/settings/config.ts';
import type { Collector, CollectorContext, CollectorRead, HostPaths } from './collector/collector.ts';
import { meanOfCpus } from './collectors/cpu/cpu-mean.ts';
import type { ExporterConfig } from './config.ts';

/** A collector that runs: its name and its reader. */
export interface EnabledCollector {
  readonly name: string;
  readonly read: CollectorRead;
}

type SwitchKey = 'cpuEnabled' | 'memoryEnabled' | 'diskEnabled' | 'networkEnabled';

/** The collectors that each `metrics.<group>.enabled` turns on or off. */
const groups: Readonly<Record<SwitchKey, readonly string[]>> = {
  cpuEnabled: ['cpu', 'loadavg'],
  memoryEnabled: ['meminfo', 'vmstat'],
  diskEnabled: ['diskstats', 'filesystem'],
  networkEnabled: ['netdev', 'netstat', 'sockstat'],
};

/** Makes every enabled collector, in the list's order. Throws what a collector's `create` throws. */
export function createEnabledCollectors(
  collectors: readonly Collector[],
  config: ExporterConfig,
  log: CollectorContext['log'],
): EnabledCollector[] {
  return collectors
    .filter((collector) => isEnabled(collector, config))
    .map((collector) => ({ name: collector.name, read: createReader(collector, config, log) }));
}

/** Faults between the flags of one collector, which only the collector itself can find. */
export function checkCollectors(
  collectors: readonly Collector[],
  config: ExporterConfig,
  log: CollectorContext['log'],
): Problem[] {
  const problems: Problem[] = [];
  for (const collector of collectors.filter((each) => isEnabled(each, config))) {
    try {
      createReader(collector, config, log);
    } catch (error) {
      const place = `--collector.${collector.name}`;
      problems.push({ place, expected: 'flags that go together', got: messageOf(error) });
    }
  }
  return problems;
}

/** The narrower word wins: a collector's own switch, its group's, then the default. */
export function isEnabled({ name, defaultEnabled }: Collector, config: ExporterConfig): boolean {
  const own = config[`enabled:${name}`];
  if (own !== undefined) return own;
  for (const [key, members] of Object.entries(groups)) {
    const group = config[key as SwitchKey];
    if (group !== undefined && members.includes(name)) return group;
  }
  return defaultEnabled && !config.disableDefaults;
}

function createReader(collector: Collector, config: ExporterConfig, log: CollectorContext['log']): CollectorRead {
  const { procfs, sysfs, rootfs, udevData } = config;
  const paths: HostPaths = { procfs, sysfs, rootfs, udevData };
  const flags = collectorFlags(collector, config);
  const read = collector.create({ paths, flags, log: log.with({ collector: collector.name }) });
  return collector.name === 'cpu' && !config.perCpu ? meanOfCpus(read) : read;
}

/** A collector's flags: as given, else as the `metrics.*` keys say, else the default, else absent. */
export function collectorFlags({ name, flags }: Collector, config: ExporterConfig): Record<string, string> {
  const broad = broadFlags(config);
  const values: Record<string, string> = {};
  for (const each of flags) {
    const key = `${name}.${each.name}`;
    const value = config[`flag:${key}`] ?? broad[key]?.(each.default) ?? each.default;
    if (value !== undefined) values[each.name] = value;
  }
  return values;
}

/** What `metrics.disk.exclude_devices` and `metrics.network.interfaces` make of flags, given each flag's default. */
function broadFlags({ excludeDevices = [], interfaces = [] }: ExporterConfig) {
  const changes: Record<string, (defaultValue: string | undefined) => string> = {};
  if (excludeDevices.length > 0) {
    const exclude = (defaultValue: string | undefined) =>
      [defaultValue, nameExpression(excludeDevices)].filter((each) => each !== undefined && each !== '').join('|');
    changes['diskstats.device-exclude'] = exclude;
    changes['filesystem.fs-types-exclude'] = exclude;
  }
  if (interfaces.length > 0) changes['netdev.device-include'] = () => nameExpression(interfaces);
  return changes;
}

/** An expression that matches these names and nothing else. */
function nameExpression(names: readonly string[]): string {
  return `^(${names.map((name) => name.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)).join('|')})$`;
}
