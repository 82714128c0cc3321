/** Maps the elements of a sensor to metrics and units. Source: https://docs.kernel.org/hwmon/sysfs-interface.html */
import type { MetricType } from '../../exposition/family.ts';
import { cleanName } from './hwmon-chips.ts';
import type { HwmonSensor } from './hwmon-sensors.ts';

export interface SensorMetric {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  /** Value of the label `sensor`. */
  readonly sensor: string;
  /** Converts the number in the file to the unit of the metric. */
  readonly valueOf: (number: number) => number;
}

const plain = (number: number) => number;
const thousandths = (number: number) => number / 1e3;
const millionths = (number: number) => number / 1e6;

/** Metrics that a chip has once, by the type of the sensor. */
const single: Readonly<Record<string, Pick<SensorMetric, 'name' | 'help' | 'valueOf'>>> = {
  beep_enable: { name: 'beep_enabled', help: 'Hardware beep enabled', valueOf: (number) => (number === 1 ? 1 : 0) },
  update_interval: { name: 'update_interval_seconds', help: 'Hardware monitor update interval', valueOf: thousandths },
  vrm: { name: 'voltage_regulator_version', help: 'Hardware voltage regulator', valueOf: plain },
};

interface Unit {
  readonly suffix: string;
  readonly help: string;
  readonly valueOf: (number: number) => number;
  readonly type?: MetricType;
}

/** Returns undefined for an element that has no metric. */
export function sensorMetric(
  { name: sensor, type, label, elements }: HwmonSensor,
  element: string,
): SensorMetric | undefined {
  const once = single[type];
  if (once !== undefined) {
    return element === '' ? { ...once, name: `node_hwmon_${once.name}`, type: 'gauge', sensor } : undefined;
  }
  // The label names the clock of a graphics card.
  if (type === 'freq' && element === 'input') {
    if (label === undefined) return undefined;
    const name = `${baseName(type, element, elements)}_freq_mhz`;
    return {
      name,
      help: 'Hardware monitor for GPU frequency in MHz',
      type: 'gauge',
      sensor: cleanName(label),
      valueOf: millionths,
    };
  }
  const { suffix, help, valueOf, type: metricType = 'gauge' } = unitOf(type, element);
  return { name: baseName(type, element, elements) + suffix, help, type: metricType, sensor, valueOf };
}

/** Returns the name without unit. The input is the value of the sensor, unless the sensor has a file without element as well. */
function baseName(type: string, element: string, elements: ReadonlyMap<string, string>): string {
  const prefix = `node_hwmon_${type}`;
  if (element === '' || (element === 'input' && !elements.has(''))) return prefix;
  return `${prefix}_${cleanName(element)}`;
}

const speeds = new Set(['input', 'min', 'max', 'target']);
const intervals = new Set(['average_interval', 'average_interval_min', 'average_interval_max']);

function unitOf(type: string, element: string): Unit {
  if (element === 'fault' || element === 'alarm') {
    return { suffix: '', help: `Hardware sensor ${element} status (${type})`, valueOf: plain };
  }
  if (element === 'beep') {
    return { suffix: '_enabled', help: 'Hardware monitor sensor has beeping enabled', valueOf: plain };
  }
  return (
    physicalUnit(type, element) ?? { suffix: '', help: `Hardware monitor ${type} element ${element}`, valueOf: plain }
  );
}

function physicalUnit(type: string, element: string): Unit | undefined {
  switch (type) {
    case 'in':
    case 'cpu':
      return { suffix: '_volts', help: `Hardware monitor for voltage (${element})`, valueOf: thousandths };
    case 'temp':
      if (element === 'type') return undefined;
      return {
        suffix: '_celsius',
        help: `Hardware monitor for temperature (${element === '' ? 'input' : element})`,
        valueOf: thousandths,
      };
    case 'curr':
      return { suffix: '_amps', help: `Hardware monitor for current (${element})`, valueOf: thousandths };
    case 'energy':
      return {
        suffix: '_joule_total',
        help: `Hardware monitor for joules used so far (${element})`,
        valueOf: millionths,
        type: 'counter',
      };
    case 'power':
      return powerUnit(element);
    case 'humidity':
      return {
        suffix: '',
        help: `Hardware monitor for humidity, as a ratio (multiply with 100.0 to get the humidity as a percentage) (${element})`,
        valueOf: millionths,
      };
    case 'fan':
      if (!speeds.has(element)) return undefined;
      return { suffix: '_rpm', help: `Hardware monitor for fan revolutions per minute (${element})`, valueOf: plain };
    default:
      return undefined;
  }
}

function powerUnit(element: string): Unit {
  if (element === 'accuracy') {
    return { suffix: '', help: 'Hardware monitor power meter accuracy, as a ratio', valueOf: millionths };
  }
  if (intervals.has(element)) {
    return {
      suffix: '_seconds',
      help: `Hardware monitor power usage update interval (${element})`,
      valueOf: thousandths,
    };
  }
  return { suffix: '_watt', help: `Hardware monitor for power usage in watts (${element})`, valueOf: millionths };
}
