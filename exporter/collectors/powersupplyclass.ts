/** Exposes charge, voltage, current and state of batteries and power adapters, from /sys/class/power_supply. Source: https://docs.kernel.org/power/power_supply_class.html */
import { join } from 'node:path';
import { cachedReading, deviceFactsMaxAgeMs } from '../collector/cached-reading.ts';
import type { Collector } from '../collector/collector.ts';
import { checkGoRegexp, compileGoRegexp } from '../collector/go-regexp.ts';
import { type Family, gauge, type Labels, sortLabels } from '../exposition/family.ts';
import { createSampleTable } from '../exposition/sample-table.ts';
import { ageFamilies, createSlowAttributes, type SlowReadings } from '../procfs/slow-attributes.ts';
import {
  type AttributeReader,
  createAttributeReader,
  listFolder,
  parseIntegerLine,
  parseTextLine,
  parseUnsignedLine,
} from '../procfs/sysfs.ts';
import type { ValueFaults } from '../procfs/value-faults.ts';
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
  help: 'Exposes charge, voltage, current and state of batteries and power adapters, from /sys/class/power_supply.',
  docs: {
    source: '/sys/class/power_supply',
    differences: [
      {
        upstream: 'keeps the U+FFFD characters of a file',
        here: 'replaces adjacent U+FFFD characters by one U+FFFD, like adjacent invalid bytes',
        reason: 'the decoded text does not distinguish U+FFFD characters from invalid bytes',
      },
    ],
  },
  flags: [
    {
      name: 'ignored-supplies',
      spelling: 'collector.powersupply.ignored-supplies',
      help: 'Regexp of power supplies to ignore for powersupplyclass collector.',
      default: '^$',
      check: checkGoRegexp,
    },
  ],
  create({ paths, flags, faults, now = Date.now, slowReadLimits }) {
    const readSlow = createSlowAttributes({ faults, limits: slowReadLimits });
    const root = join(paths.sysfs, 'class', 'power_supply');
    const ignored = compileGoRegexp(flags['ignored-supplies'] ?? '');
    const attributes = createAttributeReader(faults);
    const listSupplies = cachedReading(
      (names) => (names === '' ? [] : names.split('\n').map((name) => openSupply(root, name, attributes))),
      {
        maxAgeMs: deviceFactsMaxAgeMs,
        now,
      },
    );
    return () => {
      const entries = listFolder(root);
      if (entries === undefined) return [];
      const names = entries.map(({ name }) => name).filter((name) => !ignored.test(name));
      const supplies = listSupplies(names.join('\n'));
      const toFamilies = ({ texts, ageSeconds }: SlowReadings) => [
        ...familiesOf(supplies, texts, faults),
        ...ageFamilies('powersupplyclass', ageSeconds),
      ];
      const readings = readSlow(supplies.flatMap((each) => [...each.numbers, ...each.texts].map(({ path }) => path)));
      return readings instanceof Promise ? readings.then(toFamilies) : toFamilies(readings);
    };
  },
};

function openSupply(root: string, name: string, attributes: AttributeReader): Supply {
  const folder = join(root, name);
  const files = new Set((attributes.folder(folder) ?? []).map((file) => file.name));
  const path = (attribute: string) => join(folder, attribute);
  return {
    labels: { power_supply: name },
    numbers: powerSupplyMetrics
      .filter(({ attribute }) => files.has(attribute))
      .map((metric) => ({ metric, path: path(metric.attribute) })),
    texts: powerSupplyTexts.filter((label) => files.has(label)).map((label) => ({ label, path: path(label) })),
  };
}

function familiesOf(supplies: readonly Supply[], contents: ReadonlyMap<string, string>, faults: ValueFaults): Family[] {
  const table = createSampleTable(powerSupplyMetrics);
  for (const { labels, numbers } of supplies) {
    for (const { metric, path } of numbers) {
      const text = contents.get(path);
      if (text === undefined) continue;
      const parse = metric.isSigned ? parseIntegerLine : parseUnsignedLine;
      const value = faults.attempt(path, () => parse(text, path));
      table.add(metric, labels, value);
    }
  }
  const infos = supplies.map((supply) => ({ labels: infoLabels(supply, contents, faults), value: 1 }));
  return [
    ...table.families(),
    gauge('node_power_supply_info', 'info of /sys/class/power_supply/<power_supply>.', infos),
  ];
}

/** Returns the labels that have a value, sorted by name. */
function infoLabels({ labels, texts }: Supply, contents: ReadonlyMap<string, string>, faults: ValueFaults): Labels {
  const given: [string, string][] = Object.entries(labels);
  for (const { label, path } of texts) {
    const text = faults.attempt(path, () => parseTextLine(contents.get(path) ?? '', path)) ?? '';
    if (text !== '') given.push([label, text]);
  }
  return sortLabels(Object.fromEntries(given));
}
