/** Exposes drivers, link modes and the drivers' statistics of network devices, from ioctl(2) SIOCETHTOOL. Source: ethtool(8) */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { checkGoRegexp, compileGoRegexp } from '../collector/go-regexp.ts';
import { compileNameFilter, type NameFilterFlags, nameFilterFlags } from '../collector/name-filter.ts';
import { createSampleTable, type SampleTable } from '../exposition/sample-table.ts';
import { isAbsent, listFolder } from '../procfs/sysfs.ts';
import type { ValueFaults } from '../procfs/value-faults.ts';
import { loadEthtoolCall } from './ethtool/ethtool-call.ts';
import {
  createEthtoolReader,
  type DriverInfo,
  type EthtoolCall,
  type LinkSettings,
  type Statistics,
} from './ethtool/ethtool-device.ts';
import {
  advertisedMetrics,
  autonegotiateMetric,
  derivedName,
  infoMetric,
  portMetric,
  sanitized,
  statisticMetric,
  supportedMetrics,
} from './ethtool/ethtool-metrics.ts';
import type { LinkModes } from './ethtool/link-modes.ts';

const deviceFlags: NameFilterFlags = { collector: 'ethtool', include: 'device-include', exclude: 'device-exclude' };

export const ethtool: Collector = createEthtool(loadEthtoolCall);

/** Returns the collector, which calls `load` at its first read. An error of `load` fails only this collector. */
export function createEthtool(load: () => EthtoolCall): Collector {
  return {
    name: 'ethtool',
    defaultEnabled: false,
    help: "Exposes drivers, link modes and the drivers' statistics of network devices, from ethtool's ioctl; needs Node.js 26.",
    docs: {
      source: 'ioctl(2): SIOCETHTOOL; /sys/class/net',
      cost: 'about thirty series and the statistics of the driver, which may be hundreds, per network device; reduce with `--collector.ethtool.metrics-include`',
      differences: [
        {
          upstream: 'exposes link modes of the first 32 bits: no 50 Gbit/s, 100 Gbit/s and more',
          here: 'exposes all link modes',
          reason: 'the kernel has them since 4.6',
        },
        {
          upstream: 'exposes 0 for a statistic whose name has a character that a metric name must not have',
          here: 'exposes the value',
          reason: 'the value is correct',
        },
        {
          upstream: 'has no `--collector.ethtool.metrics-exclude`',
          here: 'excludes statistics by a regular expression',
          reason: 'statistics of each queue are many and rarely needed',
        },
      ],
    },
    flags: [
      ...nameFilterFlags('ethtool devices', deviceFlags),
      { name: 'metrics-include', help: 'Regexp of ethtool stats to include.', default: '.*', check: checkGoRegexp },
      { name: 'metrics-exclude', help: 'Regexp of ethtool stats to exclude.', check: checkGoRegexp },
    ],
    create({ flags, paths, faults }) {
      const isShown = compileNameFilter(flags, deviceFlags);
      const included = compileGoRegexp(flags['metrics-include'] ?? '');
      const excluded = flags['metrics-exclude'] ? compileGoRegexp(flags['metrics-exclude']) : undefined;
      const isWanted = (name: string): boolean => included.test(name) && excluded?.test(name) !== true;
      let reader: ReturnType<typeof createEthtoolReader> | undefined;
      return () => {
        const devices = listFolder(join(paths.sysfs, 'class', 'net'));
        if (devices === undefined) return [];
        reader ??= createEthtoolReader(load());
        const driver = reader;
        const table = createSampleTable([infoMetric]);
        for (const { name: device } of devices.filter((entry) => !entry.isFile() && isShown(entry.name))) {
          const settings = attempt(faults, `${device}: link settings`, () => driver.linkSettings(device));
          if (settings !== undefined) addSettings(table, device, settings);
          const info = attempt(faults, `${device}: driver`, () => driver.driverInfo(device));
          if (info === undefined) continue;
          addInfo(table, device, info);
          if (info.statisticsCount === 0) continue;
          const values = attempt(faults, `${device}: statistics`, () =>
            driver.statistics(device, info.statisticsCount),
          );
          addStatistics(
            table,
            device,
            (values ?? []).map(([name, value]) => [sanitized(name), value] as const),
            isWanted,
          );
        }
        return table.families();
      };
    },
  };
}

/** Returns undefined for what a driver does not support, and for an error, which is also reported. */
function attempt<Value>(faults: ValueFaults, place: string, read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (!isAbsent(error)) faults.report(place, error);
    return undefined;
  }
}

function addSettings(table: SampleTable, device: string, settings: LinkSettings): void {
  const { supported, advertised, isAutonegotiating } = settings;
  for (const type of supported.ports) table.add(portMetric, { device, type }, 1);
  addModes(table, device, supported, supportedMetrics);
  addModes(table, device, advertised, advertisedMetrics);
  table.add(autonegotiateMetric, { device }, Number(isAutonegotiating));
}

function addModes(table: SampleTable, device: string, modes: LinkModes, metrics: typeof supportedMetrics): void {
  for (const { mode, duplex, bytesPerSecond } of modes.speeds)
    table.add(metrics.speed, { device, duplex, mode }, bytesPerSecond);
  table.add(metrics.autonegotiate, { device }, Number(modes.hasAutonegotiation));
  table.add(metrics.pause, { device }, Number(modes.hasPause));
  table.add(metrics.asymmetricPause, { device }, Number(modes.hasAsymmetricPause));
}

function addInfo(table: SampleTable, device: string, info: DriverInfo): void {
  const labels = {
    bus_info: info.busInfo,
    device,
    driver: info.driver,
    expansion_rom_version: info.expansionRomVersion,
    firmware_version: info.firmwareVersion,
    version: info.version,
  };
  table.add(infoMetric, labels, 1);
}

/** Adds the statistics whose metric names differ. Statistics that have the same name are omitted, as in node_exporter. */
function addStatistics(
  table: SampleTable,
  device: string,
  statistics: Statistics,
  isWanted: (name: string) => boolean,
): void {
  const wanted = statistics.filter(([name]) => derivedName(name) !== '' && isWanted(name));
  const counts = new Map<string, number>();
  for (const [name] of wanted) counts.set(derivedName(name), (counts.get(derivedName(name)) ?? 0) + 1);
  for (const [name, value] of wanted)
    if (counts.get(derivedName(name)) === 1) table.add(statisticMetric(name), { device }, value);
}
