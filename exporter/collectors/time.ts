/** Exposes the system time and the time zone, and the available and current clock sources from /sys/devices/system/clocksource. */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { type Family, gauge, type Sample, single } from '../exposition/family.ts';
import { parseWords } from '../procfs/host-file.ts';
import { type AttributeReader, createAttributeReader } from '../procfs/sysfs.ts';
import { readZoneName } from './time/time-zone.ts';

export const time: Collector = {
  name: 'time',
  defaultEnabled: true,
  help: 'Exposes the system time and the time zone, and the available and current clock sources from /sys/devices/system/clocksource.',
  docs: { source: 'the system clock, /sys/devices/system/clocksource' },
  flags: [],
  create({ paths, faults, now = Date.now }) {
    const attributes = createAttributeReader(faults);
    const folder = join(paths.sysfs, 'devices', 'system', 'clocksource');
    let devices: readonly ClockDevice[] | undefined;
    let zone: { readonly offsetSeconds: number; readonly name: string | undefined } | undefined;
    return () => {
      const timeMs = now();
      const offsetSeconds = -60 * new Date(timeMs).getTimezoneOffset() + 0;
      // The name of the zone changes only with the offset, as between summer and winter.
      if (zone?.offsetSeconds !== offsetSeconds) zone = { offsetSeconds, name: readZoneName(offsetSeconds) };
      devices ??= listDevices(folder, attributes);
      return [
        ...clockSourceFamilies(devices, attributes),
        single('node_time_seconds', 'System time in seconds since epoch (1970).', 'gauge', timeMs / 1000),
        zoneFamily(zone.name, offsetSeconds),
      ];
    };
  },
};

interface ClockDevice {
  readonly available: string;
  readonly current: string;
}

function listDevices(folder: string, attributes: AttributeReader): ClockDevice[] {
  return (attributes.folder(folder) ?? [])
    .filter(({ name }) => /^clocksource[0-9]/.test(name))
    .map(({ name }) => ({
      available: join(folder, name, 'available_clocksource'),
      current: join(folder, name, 'current_clocksource'),
    }));
}

function clockSourceFamilies(devices: readonly ClockDevice[], attributes: AttributeReader): Family[] {
  const available: Sample[] = [];
  const current: Sample[] = [];
  for (const [index, paths] of devices.entries()) {
    const device = String(index);
    for (const clocksource of parseWords(attributes.line(paths.available) ?? '')) {
      available.push({ labels: { clocksource, device }, value: 1 });
    }
    const clocksource = attributes.line(paths.current) ?? '';
    if (clocksource !== '') current.push({ labels: { clocksource, device }, value: 1 });
  }
  return [
    gauge(
      'node_time_clocksource_available_info',
      "Available clocksources read from '/sys/devices/system/clocksource'.",
      available,
    ),
    gauge(
      'node_time_clocksource_current_info',
      "Current clocksource read from '/sys/devices/system/clocksource'.",
      current,
    ),
  ];
}

function zoneFamily(name: string | undefined, offsetSeconds: number): Family {
  const samples = name === undefined ? [] : [{ labels: { time_zone: name }, value: offsetSeconds }];
  return gauge('node_time_zone_offset_seconds', 'System time zone offset in seconds.', samples);
}
