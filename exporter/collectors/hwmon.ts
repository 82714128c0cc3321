/** Exposes the values of hardware sensors, such as temperatures, voltages, fan speeds and power, from /sys/class/hwmon. Source: https://docs.kernel.org/hwmon/sysfs-interface.html */
import { join } from 'node:path';
import { cachedReading, deviceFactsMaxAgeMs } from '../collector/cached-reading.ts';
import type { Collector } from '../collector/collector.ts';
import { compileNameFilter, type NameFilterFlags, nameFilterFlags } from '../collector/name-filter.ts';
import { type Family, gauge, type Labels, type Sample } from '../exposition/family.ts';
import { quote } from '../procfs/host-file.ts';
import { ageFamilies, createSlowAttributes, type SlowReadings } from '../procfs/slow-attributes.ts';
import { type AttributeReader, createAttributeReader, listFolder } from '../procfs/sysfs.ts';
import type { ValueFaults } from '../procfs/value-faults.ts';
import { type HwmonChip, listChips } from './hwmon/hwmon-chips.ts';
import { type SensorMetric, sensorMetric } from './hwmon/hwmon-metrics.ts';
import { listSensors } from './hwmon/hwmon-sensors.ts';

const chipFlags: NameFilterFlags = { collector: 'hwmon', include: 'chip-include', exclude: 'chip-exclude' };
const sensorFlags: NameFilterFlags = { collector: 'hwmon', include: 'sensor-include', exclude: 'sensor-exclude' };

/** Drivers whose sensors are registers of the CPU. Other drivers may wait for a bus or a device: their sensors are read in the thread pool. */
const registerDrivers = new Set(['coretemp', 'fam15h_power', 'k10temp', 'k8temp', 'via_cputemp', 'zenpower']);

/** A value to read, and its metric. */
interface Reading {
  /** The chip's driver: `coretemp`. */
  readonly driver: string | undefined;
  readonly metric: SensorMetric;
  readonly path: string;
  readonly labels: Labels;
}

/** The files to read and the samples that do not change while the chips are the same. */
interface Plan {
  readonly names: readonly Sample[];
  readonly labels: readonly Sample[];
  readonly readings: readonly Reading[];
}

export const hwmon: Collector = {
  name: 'hwmon',
  defaultEnabled: true,
  help: 'Exposes the values of hardware sensors, such as temperatures, voltages, fan speeds and power, from /sys/class/hwmon.',
  docs: {
    source: '/sys/class/hwmon',
    differences: [
      {
        upstream: 'fails a family when a file without element and an `_input` file have different HELP texts',
        here: 'exposes the family with the first HELP text',
        reason: 'the values are valid',
      },
    ],
  },
  flags: [...nameFilterFlags('hwmon chip', chipFlags), ...nameFilterFlags('hwmon sensor', sensorFlags)],
  create({ paths, flags, faults, now = Date.now, slowReadLimits }) {
    const attributes = createAttributeReader(faults);
    let plan: Plan | undefined;
    const driverOf = (path: string) => plan?.readings.find((reading) => reading.path === path)?.driver ?? '';
    const readSlow = createSlowAttributes({
      faults,
      limits: slowReadLimits,
      mayBecomeFast: (path) => registerDrivers.has(driverOf(path)),
    });
    const isChipShown = compileNameFilter(flags, chipFlags);
    const isSensorShown = compileNameFilter(flags, sensorFlags);
    const root = join(paths.sysfs, 'class', 'hwmon');
    const planOf = cachedReading(
      () =>
        makePlan(
          listChips(root, attributes).filter(({ chip }) => isChipShown(chip)),
          isSensorShown,
          attributes,
        ),
      { maxAgeMs: deviceFactsMaxAgeMs, now },
    );
    return () => {
      const entries = listFolder(root);
      if (entries === undefined) return [];
      const current = planOf(entries.map(({ name }) => name).join());
      plan = current;
      const toFamilies = ({ texts, ageSeconds }: SlowReadings) => [
        ...familiesOf(current, texts, faults),
        ...ageFamilies('hwmon', ageSeconds),
      ];
      const readings = readSlow(current.readings.map(({ path }) => path));
      return readings instanceof Promise ? readings.then(toFamilies) : toFamilies(readings);
    };
  },
};

/** Lists the values to read. The filter of sensors matches names such as `platform_coretemp_0;temp1`. */
function makePlan(
  chips: readonly HwmonChip[],
  isSensorShown: (name: string) => boolean,
  attributes: AttributeReader,
): Plan {
  const names: Sample[] = [];
  const labels: Sample[] = [];
  const readings: Reading[] = [];
  for (const { chip, chipName, folder } of chips) {
    if (chipName !== undefined) names.push({ labels: { chip, chip_name: chipName }, value: 1 });
    for (const sensor of listSensors(folder, attributes)) {
      if (!isSensorShown(`${chip};${sensor.name}`)) continue;
      if (sensor.label !== undefined)
        labels.push({ labels: { chip, label: sensor.label, sensor: sensor.name }, value: 1 });
      for (const [element, path] of sensor.elements) {
        const metric = sensorMetric(sensor, element);
        if (metric !== undefined)
          readings.push({ driver: chipName, metric, path, labels: { chip, sensor: metric.sensor } });
      }
    }
  }
  return { names, labels, readings };
}

function familiesOf(
  { names, labels, readings }: Plan,
  texts: ReadonlyMap<string, string>,
  faults: ValueFaults,
): Family[] {
  const families = new Map<string, Family & { readonly samples: Sample[] }>();
  for (const { metric, path, labels: sensor } of readings) {
    const text = texts.get(path);
    if (text === undefined) continue;
    const value = faults.attempt(path, () => parseSensorValue(text));
    if (value === undefined) continue;
    let family = families.get(metric.name);
    if (family === undefined)
      families.set(metric.name, (family = { name: metric.name, help: metric.help, type: metric.type, samples: [] }));
    family.samples.push({ labels: sensor, value: metric.valueOf(value) });
  }
  return [
    ...families.values(),
    gauge('node_hwmon_chip_names', 'Annotation metric for human-readable chip names', names),
    gauge('node_hwmon_sensor_label', 'Label for given chip and sensor', labels),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
}

const number = /^-?\d{1,19}(?:\.\d{1,9})?$/;

/** Parses an integer, or a decimal number, which some drivers write. Throws an Error for the text that other drivers write. */
export function parseSensorValue(text: string): number {
  const value = text.trim();
  if (!number.test(value)) throw new Error(`expected a number, got ${quote(text)}`);
  return Number(value);
}
