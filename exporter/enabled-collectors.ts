/** Selects the collectors that run, and their flags, from `collectors.*`, then from the group keys `metrics.*`, then from the defaults. */
import { messageOf } from '../common/program/log.ts';
import type { Problem } from '../common/program/settings/config.ts';
import type { Collector, CollectorContext, EnabledCollector, HostPaths } from './collector/collector.ts';
import { meanOfCpus } from './collectors/cpu/cpu-mean.ts';
import type { ExporterConfig } from './config.ts';
import { createValueFaults } from './procfs/value-faults.ts';

/** Names of the collectors that a scrape may select. */
export interface CollectorNames {
  readonly all: ReadonlySet<string>;
  readonly enabled: ReadonlySet<string>;
}

type SwitchKey = 'cpuEnabled' | 'memoryEnabled' | 'diskEnabled' | 'networkEnabled';

/** Collectors that `metrics.<group>.enabled` turns on or off, by group. */
const groups: Readonly<Record<SwitchKey, readonly string[]>> = {
  cpuEnabled: ['cpu', 'loadavg'],
  memoryEnabled: ['meminfo', 'vmstat'],
  diskEnabled: ['diskstats', 'filesystem'],
  networkEnabled: ['netdev', 'netstat', 'sockstat'],
};

/** Creates the readers of the enabled collectors, in the order of the list. Throws when flags of a collector contradict each other. */
export function createEnabledCollectors(
  collectors: readonly Collector[],
  config: ExporterConfig,
  log: CollectorContext['log'],
): EnabledCollector[] {
  return collectors
    .filter((collector) => isEnabled(collector, config))
    .map((collector) => enable(collector, config, log));
}

/** Returns a problem for every enabled collector whose flags contradict each other; only the collector can detect this. */
export function checkCollectors(
  collectors: readonly Collector[],
  config: ExporterConfig,
  log: CollectorContext['log'],
): Problem[] {
  const problems: Problem[] = [];
  for (const collector of collectors.filter((each) => isEnabled(each, config))) {
    try {
      enable(collector, config, log);
    } catch (error) {
      const place = `--collector.${collector.name}`;
      problems.push({ place, expected: 'flags without contradictions', got: messageOf(error) });
    }
  }
  return problems;
}

/** Returns whether a collector runs. The narrowest setting wins: the collector's switch, then the switch of its group, then the default. */
export function isEnabled({ name, defaultEnabled }: Collector, config: ExporterConfig): boolean {
  const own = config[`enabled:${name}`];
  if (own !== undefined) return own;
  for (const [key, members] of Object.entries(groups)) {
    const group = config[key as SwitchKey];
    if (group !== undefined && members.includes(name)) return group;
  }
  return defaultEnabled && !config.disableDefaults;
}

function enable(collector: Collector, config: ExporterConfig, log: CollectorContext['log']): EnabledCollector {
  const { procfs, sysfs, rootfs, udevData } = config;
  const paths: HostPaths = { procfs, sysfs, rootfs, udevData };
  const flags = collectorFlags(collector, config);
  const { name } = collector;
  const ownLog = log.with({ collector: name });
  const faults = createValueFaults(ownLog);
  const read = collector.create({ paths, flags, log: ownLog, faults });
  return {
    name,
    read: name === 'cpu' && !config.perCpu ? meanOfCpus(read) : read,
    partialErrors: () => faults.count(),
  };
}

/** Returns the values of a collector's flags: the given value, or the value of the `metrics.*` keys, or the default. */
export function collectorFlags({ name, flags }: Collector, config: ExporterConfig): Record<string, string> {
  const fromGroups = groupFlags(config);
  const values: Record<string, string> = {};
  for (const each of flags) {
    const key = `${name}.${each.name}`;
    const value = config[`flag:${key}`] ?? fromGroups[key]?.(each.default) ?? each.default;
    if (value !== undefined) values[each.name] = value;
  }
  return values;
}

/** Returns functions that compute a flag from its default, for `metrics.disk.exclude_devices` and `metrics.network.interfaces`. */
function groupFlags({ excludeDevices = [], interfaces = [] }: ExporterConfig) {
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

/** Returns a regular expression that matches exactly these names. */
function nameExpression(names: readonly string[]): string {
  return `^(${names.map((name) => name.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)).join('|')})$`;
}
