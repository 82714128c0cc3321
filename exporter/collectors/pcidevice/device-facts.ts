/** Reads the slow-changing attributes of PCI devices: location, model and the maximum of the link. */
import { basename, dirname, join } from 'node:path';
import type { Labels } from '../../exposition/family.ts';
import { parseLine, quote } from '../../procfs/host-file.ts';
import type { AttributeReader } from '../../procfs/sysfs.ts';
import type { ValueFaults } from '../../procfs/value-faults.ts';
import { parseLinkSpeed, parseLinkWidth, readLink } from './link.ts';

/** Numbers of a device as labels: `vendor_id` is `0x8086`. */
export type DeviceIds = Readonly<
  Record<'class_id' | 'vendor_id' | 'device_id' | 'subsystem_vendor_id' | 'subsystem_device_id' | 'revision', string>
>;

export interface DeviceFacts {
  readonly folder: string;
  readonly location: Labels;
  /** The bridge that the device is behind: `*` for a device of the root. */
  readonly parent: Labels;
  readonly ids: DeviceIds;
  readonly maxSpeed: number | undefined;
  readonly maxWidth: number | undefined;
  /** Undefined for a device of no node. */
  readonly numaNode: number | undefined;
}

/** Files of the numbers, and the digits of each. */
const idFiles: readonly (readonly [label: keyof DeviceIds, file: string, digits: number])[] = [
  ['class_id', 'class', 6],
  ['vendor_id', 'vendor', 4],
  ['device_id', 'device', 4],
  ['subsystem_vendor_id', 'subsystem_vendor', 4],
  ['subsystem_device_id', 'subsystem_device', 4],
  ['revision', 'revision', 2],
];

interface Readers {
  readonly attributes: AttributeReader;
  readonly faults: ValueFaults;
}

/** Returns the devices in the order of `names`. Omits a device whose location or numbers cannot be read. */
export function readDeviceFacts(root: string, names: readonly string[], readers: Readers): DeviceFacts[] {
  const { attributes, faults } = readers;
  return names.flatMap((name) => {
    const folder = join(root, name);
    const target = attributes.target(folder);
    const ids = readIds(folder, attributes);
    if (target === undefined || ids === undefined) return [];
    const location = faults.attempt(folder, () => parseLocation(basename(target)));
    if (location === undefined) return [];
    const attribute = (file: string) => ({ path: join(folder, file), attributes, faults });
    const numaNode = attributes.integer(join(folder, 'numa_node'));
    return {
      folder,
      location: labelsOf(location, ''),
      parent: labelsOf(tryParseLocation(basename(dirname(target))) ?? noLocation, 'parent_'),
      ids,
      maxSpeed: readLink(attribute('max_link_speed'), parseLinkSpeed),
      maxWidth: readLink(attribute('max_link_width'), parseLinkWidth),
      numaNode: numaNode === -1 ? undefined : numaNode,
    };
  });
}

/** Segment, bus, device and function. */
export type Location = readonly [segment: string, bus: string, device: string, func: string];

const noLocation: Location = ['*', '*', '*', '*'];

/** Parses `0000:00:1f.3`. */
export function parseLocation(name: string): Location {
  const location = tryParseLocation(name);
  if (location === undefined) throw new Error(`expected a location such as 0000:00:1f.3, got ${quote(name)}`);
  return location;
}

function tryParseLocation(name: string): Location | undefined {
  const match = /^([0-9a-f]{4,8}):([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])$/.exec(name);
  return match === null ? undefined : (match.slice(1) as unknown as Location);
}

function labelsOf([segment, bus, device, func]: Location, prefix: string): Labels {
  return {
    [`${prefix}bus`]: bus,
    [`${prefix}device`]: device,
    [`${prefix}function`]: func,
    [`${prefix}segment`]: segment,
  };
}

function readIds(folder: string, attributes: AttributeReader): DeviceIds | undefined {
  const ids: Partial<Record<keyof DeviceIds, string>> = {};
  for (const [label, file, digits] of idFiles) {
    const value = attributes.parsed(join(folder, file), (text, where) => parseId(text, where, digits));
    if (value === undefined) return undefined;
    ids[label] = value;
  }
  return ids as DeviceIds;
}

/** Parses `0x10de`. Returns the number with `digits` hexadecimal digits. */
export function parseId(text: string, where: string, digits: number): string {
  const line = parseLine(text, where);
  const number = /^0x([0-9a-f]{1,8})$/i.exec(line)?.[1];
  if (number === undefined)
    throw new Error(`${where}: expected a hexadecimal number such as 0x10de, got ${quote(line)}`);
  return `0x${number.toLowerCase().padStart(digits, '0')}`;
}
