/** Defines the metrics of the smart collector: names, types and HELP of smartctl_exporter. Source: smartctl_exporter's metrics.go */
import type { AttributeMetric, Metric } from '../../exposition/sample-table.ts';

const gauge = (name: string, help: string): Metric => ({ name: `smartctl_${name}`, type: 'gauge', help });
const gaugeAt = (attribute: string, name: string, help: string): AttributeMetric => ({
  ...gauge(name, help),
  attribute,
});
const counterAt = (attribute: string, name: string, help: string): AttributeMetric => ({
  ...gaugeAt(attribute, name, help),
  type: 'counter',
});
const nvme = 'nvme_smart_health_information_log';

/** Metrics with the label `device` only, by their place in the JSON. */
export const valueMetrics: readonly AttributeMetric[] = [
  gaugeAt('smartctl.exit_status', 'device_smartctl_exit_status', 'Exit status of smartctl on device'),
  gaugeAt('user_capacity.blocks', 'device_capacity_blocks', 'Device capacity in blocks'),
  gaugeAt('user_capacity.bytes', 'device_capacity_bytes', 'Device capacity in bytes'),
  gaugeAt('rotation_rate', 'device_rotation_rate', 'Device rotation rate'),
  counterAt('power_cycle_count', 'device_power_cycle_count', 'Device power cycle count'),
  gaugeAt(
    'ata_sct_status.device_state',
    'device_state',
    'Device state (0=active, 1=standby, 2=sleep, 3=dst, 4=offline, 5=sct)',
  ),
  gaugeAt('smart_status.passed', 'device_smart_status', 'General smart status'),
  gaugeAt('smart_status.passed', 'device_status', 'Device status'),
  counterAt(`${nvme}.percentage_used`, 'device_percentage_used', 'Device write percentage used'),
  counterAt(
    `${nvme}.available_spare`,
    'device_available_spare',
    'Normalized percentage (0 to 100%) of the remaining spare capacity available',
  ),
  counterAt(
    `${nvme}.available_spare_threshold`,
    'device_available_spare_threshold',
    'When the Available Spare falls below the threshold indicated in this field, an asynchronous event completion may occur. The value is indicated as a normalized percentage (0 to 100%)',
  ),
  counterAt(
    `${nvme}.critical_warning`,
    'device_critical_warning',
    'This field indicates critical warnings for the state of the controller',
  ),
  counterAt(
    `${nvme}.media_errors`,
    'device_media_errors',
    'Contains the number of occurrences where the controller detected an unrecovered data integrity error. Errors such as uncorrectable ECC, CRC checksum failure, or LBA tag mismatch are included in this field',
  ),
  counterAt(
    `${nvme}.num_err_log_entries`,
    'device_num_err_log_entries',
    'Contains the number of Error Information log entries over the life of the controller',
  ),
];

/** Metrics of SCSI disks, which also have the labels of the model. */
export const scsiMetrics: readonly AttributeMetric[] = [
  counterAt('scsi_grown_defect_list', 'scsi_grown_defect_list', 'Device SCSI grown defect list counter'),
  counterAt(
    'scsi_error_counter_log.read.errors_corrected_by_rereads_rewrites',
    'read_errors_corrected_by_rereads_rewrites',
    'Read Errors Corrected by ReReads/ReWrites',
  ),
  counterAt(
    'scsi_error_counter_log.read.total_uncorrected_errors',
    'read_total_uncorrected_errors',
    'Read Total Uncorrected Errors',
  ),
  counterAt(
    'scsi_error_counter_log.write.errors_corrected_by_rereads_rewrites',
    'write_errors_corrected_by_rereads_rewrites',
    'Write Errors Corrected by ReReads/ReWrites',
  ),
  counterAt(
    'scsi_error_counter_log.write.total_uncorrected_errors',
    'write_total_uncorrected_errors',
    'Write Total Uncorrected Errors',
  ),
];

export const smartMetrics = {
  device: gauge('device', 'Device info'),
  version: gauge('version', 'smartctl version'),
  blockSize: gauge('device_block_size', 'Device block size'),
  speed: gauge('device_interface_speed', 'Device interface speed, bits per second'),
  attribute: gauge('device_attribute', 'Device attributes'),
  powerOn: { ...gauge('device_power_on_seconds', 'Device power on seconds'), type: 'counter' },
  temperature: gauge('device_temperature', 'Device temperature celsius'),
  bytesRead: { ...gauge('device_bytes_read', 'Bytes read from the device'), type: 'counter' },
  bytesWritten: { ...gauge('device_bytes_written', 'Bytes written to the device'), type: 'counter' },
  errorLog: gauge('device_error_log_count', 'Device SMART error log count'),
  selfTests: gauge('device_self_test_log_count', 'Device SMART self test log count'),
  selfTestErrors: gauge('device_self_test_log_error_count', 'Device SMART self test log error count'),
  erc: gauge('device_erc_seconds', 'Device SMART Error Recovery Control Seconds'),
  standby: {
    name: 'hostpulse_smart_device_standby',
    type: 'gauge',
    help: 'Whether the disk is in standby (1) or not (0). The exporter does not wake the disk: other metrics have the values of the last reading, and the temperature is absent.',
  },
} as const satisfies Readonly<Record<string, Metric>>;
