/** Exposes temperatures of thermal zones and states of cooling devices, from /sys/class/thermal. Source: https://docs.kernel.org/driver-api/thermal/sysfs-api.html */
import { join } from 'node:path';
import { cachedReading, deviceFactsMaxAgeMs } from '../collector/cached-reading.ts';
import type { Collector } from '../collector/collector.ts';
import { gauge, type Labels, type Sample } from '../exposition/family.ts';
import { ageFamilies, createSlowAttributes, type SlowReadings } from '../procfs/slow-attributes.ts';
import { type AttributeReader, createAttributeReader, listNumbered, parseIntegerLine } from '../procfs/sysfs.ts';
import type { ValueFaults } from '../procfs/value-faults.ts';

/** A folder below /sys/class/thermal and the labels of its samples. */
interface Device {
  readonly folder: string;
  readonly labels: Labels;
}

export const thermalZone: Collector = {
  name: 'thermal_zone',
  defaultEnabled: true,
  help: 'Exposes temperatures of thermal zones and states of cooling devices, from /sys/class/thermal.',
  docs: { source: '/sys/class/thermal' },
  flags: [],
  create({ paths, faults, now = Date.now, slowReadLimits }) {
    const attributes = createAttributeReader(faults);
    const readSlow = createSlowAttributes({ faults, limits: slowReadLimits });
    const root = join(paths.sysfs, 'class', 'thermal');
    const cacheOptions = { maxAgeMs: deviceFactsMaxAgeMs, now };
    const zones = cachedReading(() => listDevices(root, /^thermal_zone(\d+)$/, 'zone', attributes), cacheOptions);
    const coolers = cachedReading(() => listDevices(root, /^cooling_device(\d+)$/, 'name', attributes), cacheOptions);
    return () => {
      const [zoneFolders, coolerFolders] = [zones(), coolers()];
      const familiesOf = ({ texts, ageSeconds }: SlowReadings) => {
        const samples = (devices: readonly Device[], attribute: Attribute) =>
          samplesOf({ devices, attribute, texts, faults });
        return [
          gauge(
            'node_cooling_device_cur_state',
            'Current throttle state of the cooling device',
            samples(coolerFolders, states.current),
          ),
          gauge(
            'node_cooling_device_max_state',
            'Maximum throttle state of the cooling device',
            samples(coolerFolders, states.maximum),
          ),
          gauge('node_thermal_zone_temp', 'Zone temperature in Celsius', samples(zoneFolders, temperature)),
          ...ageFamilies('thermal_zone', ageSeconds),
        ];
      };
      const readings = readSlow([
        ...coolerFolders.flatMap(({ folder }) => [join(folder, 'cur_state'), join(folder, 'max_state')]),
        ...zoneFolders.map(({ folder }) => join(folder, 'temp')),
      ]);
      return readings instanceof Promise ? readings.then(familiesOf) : familiesOf(readings);
    };
  },
};

function listDevices(
  root: string,
  pattern: RegExp,
  numberLabel: 'name' | 'zone',
  attributes: AttributeReader,
): Device[] {
  return listNumbered(root, pattern).flatMap(({ name, number }) => {
    const folder = join(root, name);
    const type = attributes.line(join(folder, 'type'));
    if (type === undefined) return [];
    return [{ folder, labels: numberLabel === 'name' ? { name: number, type } : { type, zone: number } }];
  });
}

interface Attribute {
  readonly file: string;
  readonly parse: (text: string, where: string) => number;
}

/** A state may be -1 (intel_powerclamp when idle). */
const states = {
  current: { file: 'cur_state', parse: parseIntegerLine },
  maximum: { file: 'max_state', parse: parseIntegerLine },
} as const;

/** THERMAL_TEMP_INVALID of the kernel is below this temperature. */
const absoluteZero = -273_150;

const temperature: Attribute = {
  file: 'temp',
  parse(text, where) {
    const thousandths = parseIntegerLine(text, where);
    if (thousandths < absoluteZero) throw new Error(`expected a temperature, got ${thousandths}`);
    return thousandths / 1_000;
  },
};

interface SampleSource {
  readonly devices: readonly Device[];
  readonly attribute: Attribute;
  readonly texts: ReadonlyMap<string, string>;
  readonly faults: ValueFaults;
}

/** Returns the samples of an attribute. A disabled zone has none. */
function samplesOf({ devices, attribute, texts, faults }: SampleSource): Sample[] {
  const samples: Sample[] = [];
  for (const { folder, labels } of devices) {
    const path = join(folder, attribute.file);
    const text = texts.get(path);
    const value = text === undefined ? undefined : faults.attempt(path, () => attribute.parse(text, path));
    if (value !== undefined) samples.push({ labels, value });
  }
  return samples;
}
