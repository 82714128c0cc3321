/** Lists the exposed attributes of power supplies and their metrics. Units: ABI/testing/sysfs-class-power */
import type { AttributeMetric } from '../../exposition/sample-table.ts';

export interface PowerSupplyMetric extends AttributeMetric {
  /** Currents, power, counters of charge and temperatures may be negative. */
  readonly isSigned: boolean;
}

/** Unscaled numbers: percent, seconds, flags. */
const plain = {
  authentic: 'authentic',
  calibrate: 'calibrate',
  capacity: 'capacity',
  capacity_alert_max: 'capacity_alert_max',
  capacity_alert_min: 'capacity_alert_min',
  cycle_count: 'cyclecount',
  online: 'online',
  present: 'present',
  time_to_empty_now: 'time_to_empty_seconds',
  time_to_full_now: 'time_to_full_seconds',
};

/** Millionths: microvolts, microamperes, microwatt-hours. */
const micro = {
  charge_control_limit: 'charge_control_limit',
  charge_control_limit_max: 'charge_control_limit_max',
  charge_counter: 'charge_counter',
  charge_empty: 'charge_empty',
  charge_empty_design: 'charge_empty_design',
  charge_full: 'charge_full',
  charge_full_design: 'charge_full_design',
  charge_now: 'charge_ampere',
  charge_term_current: 'charge_term_current',
  constant_charge_current: 'constant_charge_current',
  constant_charge_current_max: 'constant_charge_current_max',
  constant_charge_voltage: 'constant_charge_voltage',
  constant_charge_voltage_max: 'constant_charge_voltage_max',
  current_boot: 'current_boot',
  current_max: 'current_max',
  current_now: 'current_ampere',
  energy_empty: 'energy_empty',
  energy_empty_design: 'energy_empty_design',
  energy_full: 'energy_full',
  energy_full_design: 'energy_full_design',
  energy_now: 'energy_watthour',
  input_current_limit: 'input_current_limit',
  power_now: 'power_watt',
  precharge_current: 'precharge_current',
  voltage_boot: 'voltage_boot',
  voltage_max: 'voltage_max',
  voltage_max_design: 'voltage_max_design',
  voltage_min: 'voltage_min',
  voltage_min_design: 'voltage_min_design',
  voltage_now: 'voltage_volt',
  voltage_ocv: 'voltage_ocv',
};

/** Tenths of a degree. */
const tenths = {
  temp: 'temp_celsius',
  temp_alert_max: 'temp_alert_max_celsius',
  temp_alert_min: 'temp_alert_min_celsius',
  temp_ambient: 'temp_ambient_celsius',
  temp_ambient_max: 'temp_ambient_max_celsius',
  temp_ambient_min: 'temp_ambient_min_celsius',
  temp_max: 'temp_max_celsius',
  temp_min: 'temp_min_celsius',
};

/** Batteries count discharge as negative currents, power and charge. */
const mayBeNegative = /^(current_|power_|charge_counter|temp)/;

function metricsOf(names: Readonly<Record<string, string>>, divisor: number): PowerSupplyMetric[] {
  return Object.entries(names).map(([attribute, name]) => ({
    attribute,
    name: `node_power_supply_${name}`,
    type: 'gauge',
    help: `${name} value of /sys/class/power_supply/<power_supply>.`,
    divisor,
    isSigned: mayBeNegative.test(attribute),
  }));
}

export const powerSupplyMetrics: readonly PowerSupplyMetric[] = [
  ...metricsOf(plain, 1),
  ...metricsOf(micro, 1e6),
  ...metricsOf(tenths, 10),
];

/** Attributes that are labels of `node_power_supply_info`. */
export const powerSupplyTexts: readonly string[] = [
  'capacity_level',
  'charge_type',
  'health',
  'manufacturer',
  'model_name',
  'scope',
  'serial_number',
  'status',
  'technology',
  'type',
  'usb_type',
];
