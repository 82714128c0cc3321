import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { DeviceIds } from '../../../../exporter/collectors/pcidevice/device-facts.ts';
import { createNameReader, parsePciNames } from '../../../../exporter/collectors/pcidevice/pci-names.ts';
import { createRecordingLog } from '../../../support/collector-host.ts';

const pciIds = `#	List of PCI ID's

144d  Samsung Electronics Co Ltd
	a80a  NVMe SSD Controller PM9A1/PM9A3/980PRO
		144d a813  General DC NVMe PM9A3
8086  Intel Corporation
	1901  6th-10th Gen Core Processor PCIe Controller (x16)

C 01  Mass storage controller
	08  Non-Volatile memory controller
		02  NVM Express
C 06  Bridge
	04  PCI bridge
`;

const disk: DeviceIds = {
  class_id: '0x010802',
  vendor_id: '0x144d',
  device_id: '0xa80a',
  subsystem_vendor_id: '0x144d',
  subsystem_device_id: '0xa813',
  revision: '0x00',
};
const bridge: DeviceIds = {
  ...disk,
  class_id: '0x060400',
  vendor_id: '0x8086',
  device_id: '0x1901',
  subsystem_vendor_id: '0x1028',
};
const unknown: DeviceIds = { ...disk, class_id: '0xff0000', vendor_id: '0xbeef', device_id: '0x1901' };

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pci-names-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('names devices, and falls back to the nearest class and to the number', () => {
  const idsFile = join(root, 'pci.ids');
  writeFileSync(idsFile, pciIds);
  const nameOf = createNameReader({ idsFile, rootfs: root, log: createRecordingLog() })([disk, bridge, unknown]);
  expect(nameOf(disk)).toEqual({
    class_name: 'NVM Express',
    device_name: 'NVMe SSD Controller PM9A1/PM9A3/980PRO',
    subsystem_device_name: 'General DC NVMe PM9A3',
    subsystem_vendor_name: 'Samsung Electronics Co Ltd',
    vendor_name: 'Samsung Electronics Co Ltd',
  });
  expect(nameOf(bridge)).toEqual({
    class_name: 'PCI bridge',
    device_name: '6th-10th Gen Core Processor PCIe Controller (x16)',
    subsystem_device_name: 'a813',
    subsystem_vendor_name: '1028',
    vendor_name: 'Intel Corporation',
  });
  expect(nameOf(unknown)).toMatchObject({
    class_name: 'Unknown class (ff0000)',
    device_name: '1901',
    vendor_name: 'beef',
  });
});

test("finds the distribution's file below the root, and reads it again when a device is added", () => {
  mkdirSync(join(root, 'usr/share/hwdata'), { recursive: true });
  const path = join(root, 'usr/share/hwdata/pci.ids');
  writeFileSync(path, pciIds);
  const read = createNameReader({ idsFile: undefined, rootfs: root, log: createRecordingLog() });
  expect(read([disk])(disk)['vendor_name']).toBe('Samsung Electronics Co Ltd');
  writeFileSync(path, pciIds.replace('Samsung Electronics', 'Renamed'));
  expect(read([disk])(disk)['vendor_name']).toBe('Samsung Electronics Co Ltd');
  expect(read([disk, bridge])(disk)['vendor_name']).toBe('Renamed Co Ltd');
});

test('logs a file that cannot be read, and names devices by number', () => {
  const log = createRecordingLog();
  const nameOf = createNameReader({ idsFile: join(root, 'absent'), rootfs: root, log })([disk]);
  expect(nameOf(disk)).toMatchObject({ vendor_name: '144d', class_name: 'Unknown class (010802)' });
  expect(log.lines).toEqual(['warn pci.ids not read: devices have numbers instead of names']);
});

test('keeps the wanted names only', () => {
  const names = parsePciNames(pciIds, new Set(['8086', '8086/1901', '144d/1901', 'C 06/04']));
  expect([...names]).toEqual([
    ['8086', 'Intel Corporation'],
    ['8086/1901', '6th-10th Gen Core Processor PCIe Controller (x16)'],
    ['C 06/04', 'PCI bridge'],
  ]);
});
