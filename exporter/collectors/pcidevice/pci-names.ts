/** Reads the names of PCI devices from pci.ids. Source: https://pci-ids.ucw.cz/ */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Log, messageOf } from '../../../common/program/log.ts';
import { cachedReading, deviceFactsMaxAgeMs } from '../../collector/cached-reading.ts';
import type { Labels } from '../../exposition/family.ts';
import type { DeviceIds } from './device-facts.ts';

/** Where distributions install the file, below `--path.rootfs`. */
const defaultPaths = ['usr/share/misc/pci.ids', 'usr/share/hwdata/pci.ids'];

export interface NameReaderOptions {
  /** `--collector.pcidevice.idsfile`. Absent: the file of the distribution. */
  readonly idsFile: string | undefined;
  readonly rootfs: string;
  readonly log: Log;
}

/**
 * Returns a function that takes the numbers of all devices and returns a function for the name labels of one device. The file has 40,000
 * names: only the names of these devices are kept, and the file is read again when the devices change. The name of an unknown number is
 * the number.
 */
export function createNameReader({
  idsFile,
  rootfs,
  log,
}: NameReaderOptions): (all: readonly DeviceIds[]) => (ids: DeviceIds) => Labels {
  const paths = idsFile === undefined || idsFile === '' ? defaultPaths.map((path) => join(rootfs, path)) : [idsFile];
  const read = cachedReading((keys) => parsePciNames(readFirst(paths, log), new Set(keys.split('\n'))), {
    maxAgeMs: 60 * deviceFactsMaxAgeMs,
    now: Date.now,
  });
  return (all) => {
    const names = read([...keysOf(all)].join('\n'));
    return (ids) => nameLabels(ids, names);
  };
}

function readFirst(paths: readonly string[], log: Log): string {
  let reason: unknown;
  for (const path of paths) {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      reason = error;
    }
  }
  log.warn('pci.ids not read: devices have numbers instead of names', {
    paths: paths.join(),
    reason: messageOf(reason),
  });
  return '';
}

interface Numbers {
  readonly kind: string;
  readonly vendor: string;
  readonly device: string;
  readonly subVendor: string;
  readonly subDevice: string;
}

function numbersOf(ids: DeviceIds): Numbers {
  const digits = (id: keyof DeviceIds) => ids[id].slice(2);
  return {
    kind: digits('class_id'),
    vendor: digits('vendor_id'),
    device: digits('device_id'),
    subVendor: digits('subsystem_vendor_id'),
    subDevice: digits('subsystem_device_id'),
  };
}

/** Returns the keys of the names of these devices, as in `parsePciNames`. */
function keysOf(devices: readonly DeviceIds[]): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const { kind, vendor, device, subVendor, subDevice } of devices.map(numbersOf)) {
    keys.add(vendor).add(subVendor).add(`${vendor}/${device}`).add(`${vendor}/${device}/${subVendor} ${subDevice}`);
    const [base, sub, program] = [kind.slice(0, 2), kind.slice(2, 4), kind.slice(4)];
    keys.add(`C ${base}`).add(`C ${base}/${sub}`).add(`C ${base}/${sub}/${program}`);
  }
  return keys;
}

/**
 * Parses pci.ids: a line without a tab is a vendor or a class (`C 01`), a line with one tab a device or a subclass below the line, a line
 * with two tabs a subsystem or a programming interface. Returns the names of the `wanted` keys: numbers from the outermost line on, joined
 * by `/`.
 */
export function parsePciNames(text: string, wanted: ReadonlySet<string>): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const path: string[] = [];
  for (const line of text.split('\n')) {
    const [, tabs = '', number, name] = /^(\t{0,2})([^#\t].*?) {2}(.+)$/.exec(line) ?? [];
    if (number === undefined || name === undefined) continue;
    path.length = tabs.length;
    path.push(number.trim());
    const key = path.join('/');
    if (wanted.has(key)) names.set(key, name.trim());
  }
  return names;
}

function nameLabels(ids: DeviceIds, names: ReadonlyMap<string, string>): Labels {
  const { kind, vendor, device, subVendor, subDevice } = numbersOf(ids);
  const [base, sub, program] = [kind.slice(0, 2), kind.slice(2, 4), kind.slice(4)];
  return {
    class_name:
      names.get(`C ${base}/${sub}/${program}`) ??
      names.get(`C ${base}/${sub}`) ??
      names.get(`C ${base}`) ??
      `Unknown class (${kind})`,
    device_name: names.get(`${vendor}/${device}`) ?? device,
    subsystem_device_name: names.get(`${vendor}/${device}/${subVendor} ${subDevice}`) ?? subDevice,
    subsystem_vendor_name: names.get(subVendor) ?? subVendor,
    vendor_name: names.get(vendor) ?? vendor,
  };
}
