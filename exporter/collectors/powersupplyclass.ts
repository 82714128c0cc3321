/** Batteries and mains adapters, from /sys/class/power_supply. Source: https://docs.kernel.org/power/power_supply_class.html */
import { join } from 'node:path';
import { deviceFactsAgeMs, kept } from '../collector/cached-reading.ts';
import type { Collector } from '../collector/collector.ts';
import { checkGoRegexp, compileGoRegexp } from '../collector/go-regexp.ts';
import type { Family, Labels, Sample } from '../exposition/family.ts';
import { listFolder, tryReadInteger, tryReadLine } from '../procfs/sysfs.ts';
import { type PowerSupplyHead, powerSupplyHeads, powerSupplyTexts } from './powersupplyclass/power-supply-metrics.ts';

/** A supply and which of the known attributes it has. */
interface Supply {
  readonly labels: Labels;
  readonly numbers: readonly { readonly head: PowerSupplyHead; readonly path: string }[];
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
    const listSupplies = kept(
      (names) => (names === '' ? [] : names.split('\n').map((name) => openSupply(root, name))),
      {
        ageMs: deviceFactsAgeMs,
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
    numbers: powerSupplyHeads
      .filter(({ attribute }) => files.has(attribute))
      .map((head) => ({ head, path: path(head.attribute) })),
    texts: powerSupplyTexts.filter((label) => files.has(label)).map((label) => ({ label, path: path(label) })),
  };
}

function familiesOf(supplies: readonly Supply[]): Family[] {
  const samples = new Map<PowerSupplyHead, Sample[]>();
  for (const { labels, numbers } of supplies) {
    for (const { head, path } of numbers) {
      const value = tryReadInteger(path);
      if (value === undefined) continue;
      const known = samples.get(head) ?? [];
      samples.set(head, known);
      known.push({ labels, value: value / head.divisor });
    }
  }
  const values = powerSupplyHeads.map(
    (head): Family => ({ name: head.name, help: head.help, type: 'gauge', samples: samples.get(head) ?? [] }),
  );
  const info: Family = {
    name: 'node_power_supply_info',
    help: 'info of /sys/class/power_supply/<power_supply>.',
    type: 'gauge',
    samples: supplies.map((supply) => ({ labels: infoLabels(supply), value: 1 })),
  };
  return [...values, info];
}

/** Only what is told and not empty, by label's order. */
function infoLabels({ labels, texts }: Supply): Labels {
  const told: [string, string][] = Object.entries(labels);
  for (const { label, path } of texts) {
    const text = tryReadLine(path) ?? '';
    if (text !== '') told.push([label, text]);
  }
  return Object.fromEntries(told.sort(([a], [b]) => (a < b ? -1 : 1)));
}
