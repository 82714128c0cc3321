/** Batteries and mains adapters, from /sys/class/power_supply. Source: https://docs.kernel.org/power/power_supply_class.html */
import { join } from 'node:path';
import { cachedReading, deviceFactsMaxAgeMs } from '../collector/cached-reading.ts';
import type { Collector } from '../collector/collector.ts';
import { checkGoRegexp, compileGoRegexp } from '../collector/go-regexp.ts';
import { type Family, gauge, type Labels, type Sample } from '../exposition/family.ts';
import { listFolder, tryReadInteger, tryReadLine } from '../procfs/sysfs.ts';
import {
  type PowerSupplyMetric,
  powerSupplyMetrics,
  powerSupplyTexts,
} from './powersupplyclass/power-supply-metrics.ts';

/** A power supply and its exposed attributes. */
interface Supply {
  readonly labels: Labels;
  readonly numbers: readonly { readonly metric: PowerSupplyMetric; readonly path: string }[];
  readonly texts: readonly { readonly label: string; readonly path: string }[];
}

export const powersupplyclass: Collector = {
  name: 'powersupplyclass',
  defaultEnabled: true,
  help: 'Charge, voltage, current and state of batteries and adapters, from /sys/class/power_supply.',
  flags: [
    {
      name: 'ignored-supplies',
      spelling: 'collector.powersupply.ignored-supplies',
      help: 'Regexp of power supplies to ignore for powersupplyclass collector.',
      default: '^$',
      check: checkGoRegexp,
    },
  ],
  create({ paths, flags, now = Date.now }) {
    const root = join(paths.sysfs, 'class', 'power_supply');
    const ignored = compileGoRegexp(flags['ignored-supplies'] ?? '');
    const listSupplies = cachedReading(
      (names) => (names === '' ? [] : names.split('\n').map((name) => openSupply(root, name))),
      {
        maxAgeMs: deviceFactsMaxAgeMs,
        now,
      },
    );
    return () => {
      const entries = listFolder(root);
      if (entries === undefined) return [];
      const names = entries.map(({ name }) => name).filter((name) => !ignored.test(name));
      return familiesOf(listSupplies(names.join('\n')));
    };
  },
};

function openSupply(root: string, name: string): Supply {
  const folder = join(root, name);
  const files = new Set((listFolder(folder) ?? []).map((file) => file.name));
  const path = (attribute: string) => join(folder, attribute);
  return {
    labels: { power_supply: name },
    numbers: powerSupplyMetrics
      .filter(({ attribute }) => files.has(attribute))
      .map((metric) => ({ metric, path: path(metric.attribute) })),
    texts: powerSupplyTexts.filter((label) => files.has(label)).map((label) => ({ label, path: path(label) })),
  };
}

function familiesOf(supplies: readonly Supply[]): Family[] {
  const samples = new Map<PowerSupplyMetric, Sample[]>();
  for (const { labels, numbers } of supplies) {
    for (const { metric, path } of numbers) {
      const value = tryReadInteger(path);
      if (value === undefined) continue;
      const known = samples.get(metric) ?? [];
      samples.set(metric, known);
      known.push({ labels, value: value / metric.divisor });
    }
  }
  const infos = supplies.map((supply) => ({ labels: infoLabels(supply), value: 1 }));
  return [
    ...powerSupplyMetrics.map((metric) => gauge(metric.name, metric.help, samples.get(metric) ?? [])),
    gauge('node_power_supply_info', 'info of /sys/class/power_supply/<power_supply>.', infos),
  ];
}

/** Returns the labels that have a value, sorted by name. */
function infoLabels({ labels, texts }: Supply): Labels {
  const given: [string, string][] = Object.entries(labels);
  for (const { label, path } of texts) {
    const text = tryReadLine(path) ?? '';
    if (text !== '') given.push([label, text]);
  }
  return Object.fromEntries(given.sort(([a], [b]) => (a < b ? -1 : 1)));
}
