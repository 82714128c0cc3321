/** Adds the samples of one disk to a table, under smartctl_exporter's names. */
import { sortLabels } from '../../exposition/family.ts';
import type { SampleTable } from '../../exposition/sample-table.ts';
import { type Json, listAt, numberAt, objectsAt, textAt, valueAt } from './smart-json.ts';
import { smartMetrics as metrics, scsiMetrics, valueMetrics } from './smart-metrics.ts';

/** The latest reading of a disk. */
export interface SmartReading {
  readonly device: string;
  readonly json: Json;
  /** Whether the disk is in standby. `json` is then the last reading before the standby, or empty when the exporter has not read the disk yet. */
  readonly isStandby: boolean;
}

const attributeFlags = ['prefailure', 'updated_online', 'performance', 'error_rate', 'event_count', 'auto_keep'];

export function addReading(table: SampleTable, { device, json, isStandby }: SmartReading): void {
  const labels = { device };
  table.add(metrics.standby, labels, isStandby ? 1 : 0);
  for (const metric of valueMetrics) {
    const value = numberAt(json, metric.attribute);
    // A disk without rotation reports 0, which is not a rate.
    if (metric.attribute !== 'rotation_rate' || value !== 0) table.add(metric, labels, value);
  }
  if (textAt(json, 'device.name') !== undefined) addModel(table, device, json);
  for (const type of ['logical', 'physical'])
    table.add(metrics.blockSize, { blocks_type: type, device }, numberAt(json, `${type}_block_size`));
  for (const type of ['max', 'current'])
    table.add(metrics.speed, { device, speed_type: type }, speedOf(json, `interface_speed.${type}`));
  addAttributes(table, device, json);
  const hours = numberAt(json, 'power_on_time.hours');
  if (hours !== undefined)
    table.add(metrics.powerOn, labels, hours * 3_600 + (numberAt(json, 'power_on_time.minutes') ?? 0) * 60);
  if (!isStandby)
    for (const type of keysAt(json, 'temperature'))
      table.add(metrics.temperature, { device, temperature_type: type }, numberAt(json, `temperature.${type}`));
  addTransfers(table, device, json);
  addLogs(table, device, json);
}

function addModel(table: SampleTable, device: string, json: Json): void {
  const text = (path: string) => textAt(json, path) ?? '';
  const model = {
    model_family: text('model_family'),
    model_name: text('model_name'),
    serial_number: text('serial_number'),
  };
  const labels = {
    ata_additional_product_id: textAt(json, 'ata_additional_product_id') ?? 'unknown',
    ata_version: text('ata_version.string'),
    device,
    firmware_version: text('firmware_version'),
    form_factor: text('form_factor.name'),
    interface: text('device.type'),
    ...model,
    protocol: text('device.protocol'),
    sata_version: text('sata_version.string'),
  };
  table.add(metrics.device, sortLabels(labels), 1);
  for (const metric of scsiMetrics) table.add(metric, { device, ...model }, numberAt(json, metric.attribute));
}

function addAttributes(table: SampleTable, device: string, json: Json): void {
  for (const attribute of listAt(json, 'ata_smart_attributes.table')) {
    const labels = {
      attribute_flags_long: attributeFlags.filter((flag) => valueAt(attribute, `flags.${flag}`) === true).join(','),
      attribute_flags_short: textAt(attribute, 'flags.string') ?? '',
      attribute_id: String(numberAt(attribute, 'id') ?? ''),
      attribute_name: textAt(attribute, 'name') ?? '',
    };
    for (const [type, path] of [
      ['value', 'value'],
      ['worst', 'worst'],
      ['thresh', 'thresh'],
      ['raw', 'raw.value'],
    ] as const)
      table.add(metrics.attribute, { ...labels, attribute_value_type: type, device }, numberAt(attribute, path));
  }
}

/** Bytes of a data unit of NVMe: 1,000 blocks of 512 bytes. smartctl_exporter takes 1,024 logical blocks. Source: NVMe specification, SMART / Health Information */
const dataUnitBytes = 512_000;

function addTransfers(table: SampleTable, device: string, json: Json): void {
  const bytesAt = (name: string) => {
    const units = numberAt(json, `nvme_smart_health_information_log.${name}`);
    return units === undefined ? undefined : units * dataUnitBytes;
  };
  table.add(metrics.bytesRead, { device }, bytesAt('data_units_read'));
  table.add(metrics.bytesWritten, { device }, bytesAt('data_units_written'));
}

function addLogs(table: SampleTable, device: string, json: Json): void {
  for (const [type, log] of objectsAt(json, 'ata_smart_error_log'))
    table.add(metrics.errorLog, { device, error_log_type: type }, numberAt(log, 'count'));
  for (const [type, log] of objectsAt(json, 'ata_smart_self_test_log')) {
    table.add(metrics.selfTests, { device, self_test_log_type: type }, numberAt(log, 'count'));
    table.add(metrics.selfTestErrors, { device, self_test_log_type: type }, numberAt(log, 'error_count_total'));
  }
  for (const [type, erc] of objectsAt(json, 'ata_sct_erc')) {
    const deciseconds = numberAt(erc, 'deciseconds');
    table.add(metrics.erc, { device, op_type: type }, deciseconds === undefined ? undefined : deciseconds / 10);
  }
}

function speedOf(json: Json, path: string): number | undefined {
  const [units, bits] = [numberAt(json, `${path}.units_per_second`), numberAt(json, `${path}.bits_per_unit`)];
  return units === undefined || bits === undefined ? undefined : units * bits;
}

function keysAt(json: Json, path: string): string[] {
  const value = valueAt(json, path);
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
}
