/** Temperatures of thermal zones and states of cooling devices, from /sys/class/thermal. Source: https://docs.kernel.org/driver-api/thermal/sysfs-api.html */
import { join } from 'node:path';
import { cachedReading, deviceFactsMaxAgeMs } from '../collector/cached-reading.ts';
import type { Collector } from '../collector/collector.ts';
import { gauge, type Labels, type Sample } from '../exposition/family.ts';
import { listNumbered, tryReadInteger, tryReadLine } from '../procfs/sysfs.ts';

/** A folder below /sys/class/thermal and the labels of its samples. */
interface Device {
  readonly folder: string;
  readonly labels: Labels;
}

export const thermalZone: Collector = {
  name: 'thermal_zone',
  defaultEnabled: true,
  help: 'Temperatures of thermal zones and states of cooling devices, from /sys/class/thermal.',
  flags: [],
  create({ paths, now = Date.now }) {
    const root = join(paths.sysfs, 'class', 'thermal');
    const cacheOptions = { maxAgeMs: deviceFactsMaxAgeMs, now };
    const zones = cachedReading(() => listDevices(root, /^thermal_zone(\d+)$/, 'zone'), cacheOptions);
    const coolers = cachedReading(() => listDevices(root, /^cooling_device(\d+)$/, 'name'), cacheOptions);
    return () => [
      gauge(
        'node_cooling_device_cur_state',
        'Current throttle state of the cooling device',
        readAll(coolers(), 'cur_state'),
      ),
      gauge(
        'node_cooling_device_max_state',
        'Maximum throttle state of the cooling device',
        readAll(coolers(), 'max_state'),
      ),
      gauge(
        'node_thermal_zone_temp',
        'Zone temperature in Celsius',
        // A disabled zone has no sample instead of 0 degrees.
        readAll(zones(), 'temp').map(({ labels, value }) => ({ labels, value: value / 1000 })),
      ),
    ];
  },
};

function listDevices(root: string, pattern: RegExp, numberLabel: 'name' | 'zone'): Device[] {
  return listNumbered(root, pattern).flatMap(({ name, number }) => {
    const folder = join(root, name);
    const type = tryReadLine(join(folder, 'type'));
    if (type === undefined) return [];
    return [{ folder, labels: numberLabel === 'name' ? { name: number, type } : { type, zone: number } }];
  });
}

/** Returns samples of the available attributes. A state may be -1 (intel_powerclamp when idle). */
function readAll(devices: readonly Device[], attribute: string): Sample[] {
  const samples: Sample[] = [];
  for (const { folder, labels } of devices) {
    const value = tryReadInteger(join(folder, attribute));
    if (value !== undefined) samples.push({ labels, value });
  }
  return samples;
}
