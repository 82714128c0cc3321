/**
 * Reads properties of disks from udev and sysfs: model, serial number, file system, device mapper names.
 * Source: udevadm(8), which names the properties.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Family, gauge, type Labels, type Sample } from '../../exposition/family.ts';
import type { AttributeReader } from '../../procfs/sysfs.ts';

export interface DiskId {
  readonly device: string;
  readonly major: string;
  readonly minor: string;
}

export interface DiskInfoPaths {
  readonly sysfs: string;
  readonly udevData: string;
}

/** Returns all families in the order of exposition. A family that no disk has contains no samples. */
export function readDiskInfo(disks: readonly DiskId[], paths: DiskInfoPaths, attributes: AttributeReader): Family[] {
  const samples: Record<string, Sample[]> = {};
  const add = (name: string, labels: Labels, value = 1) => (samples[name] ??= []).push({ labels, value });
  for (const disk of disks) {
    const properties = readUdevProperties(paths.udevData, disk, attributes);
    add('info', infoLabels(disk, properties, readRotational(paths.sysfs, disk.device, attributes)));
    addDetails(disk.device, properties, add);
  }
  return metrics.map(([name, help]) => gauge(`node_disk_${name}`, help, samples[name] ?? []));
}

const metrics = [
  ['ata_rotation_rate_rpm', 'ATA disk rotation rate in RPMs (0 for SSDs).'],
  ['ata_write_cache', 'ATA disk has a write cache.'],
  ['ata_write_cache_enabled', 'ATA disk has its write cache enabled.'],
  ['device_mapper_info', 'Info about disk device mapper.'],
  ['filesystem_info', 'Info about disk filesystem.'],
  ['info', 'Info of /sys/block/<block_device>.'],
] as const;

const ataProperties = [
  ['ata_rotation_rate_rpm', 'ID_ATA_ROTATION_RATE_RPM'],
  ['ata_write_cache', 'ID_ATA_WRITE_CACHE'],
  ['ata_write_cache_enabled', 'ID_ATA_WRITE_CACHE_ENABLED'],
] as const;

type Properties = ReadonlyMap<string, string>;

function infoLabels({ device, major, minor }: DiskId, properties: Properties, rotational: string): Labels {
  const text = (name: string) => properties.get(name) ?? '';
  return {
    device,
    major,
    minor,
    model: text('ID_MODEL'),
    path: text('ID_PATH'),
    revision: text('ID_REVISION'),
    rotational,
    // The number printed on the disk; virtio has ID_SERIAL only.
    serial: text('SCSI_IDENT_SERIAL') || text('ID_SERIAL_SHORT') || text('ID_SERIAL'),
    wwn: text('ID_WWN'),
  };
}

function addDetails(
  device: string,
  properties: Properties,
  add: (name: string, labels: Labels, value?: number) => void,
): void {
  const text = (name: string) => properties.get(name) ?? '';
  const type = text('ID_FS_TYPE');
  if (type !== '') {
    const [usage, uuid, version] = [text('ID_FS_USAGE'), text('ID_FS_UUID'), text('ID_FS_VERSION')];
    add('filesystem_info', { device, type, usage, uuid, version });
  }
  const name = text('DM_NAME');
  if (name !== '') {
    const [layer, logical, group] = [text('DM_LV_LAYER'), text('DM_LV_NAME'), text('DM_VG_NAME')];
    const labels = { device, lv_layer: layer, lv_name: logical, name, uuid: text('DM_UUID'), vg_name: group };
    add('device_mapper_info', labels);
  }
  if (text('ID_ATA') === '') return;
  for (const [family, property] of ataProperties) {
    const value = properties.get(property);
    if (value !== undefined && /^[0-9]{1,9}$/.test(value)) add(family, { device }, Number(value));
  }
}

/**
 * Returns `1` for a rotating disk, and `0` for other devices and for devices without a queue, such as partitions. Returns an empty
 * text when the value cannot be read.
 */
function readRotational(sysfs: string, device: string, attributes: AttributeReader): string {
  // sysfs replaces a slash in a device's name by an exclamation mark: cciss!c0d0.
  const path = join(sysfs, 'block', device.replaceAll('/', '!'), 'queue', 'rotational');
  return attributes.line(path) ?? (existsSync(path) ? '' : '0');
}

function readUdevProperties(udevData: string, { major, minor }: DiskId, attributes: AttributeReader): Properties {
  const text = attributes.text(join(udevData, `b${major}:${minor}`));
  return text === undefined ? new Map<string, string>() : parseUdevProperties(text);
}

/** Parses the lines `E:NAME=value` of a file in udev's database; other lines hold no properties. */
export function parseUdevProperties(text: string): Map<string, string> {
  const properties = new Map<string, string>();
  for (const line of text.split('\n')) {
    const equals = line.indexOf('=');
    if (line.startsWith('E:') && equals > 2) properties.set(line.slice(2, equals), line.slice(equals + 1));
  }
  return properties;
}
