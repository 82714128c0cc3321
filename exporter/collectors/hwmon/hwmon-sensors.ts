/** Lists the sensors of a chip: files such as `temp1_input` and `temp1_label` in the chip's folder or, with older drivers, the device's. */
import { join } from 'node:path';
import type { AttributeReader } from '../../procfs/sysfs.ts';

export interface HwmonSensor {
  /** `temp1`; `beep_enable0` for a sensor that a chip has once. */
  readonly name: string;
  readonly type: string;
  /** The driver's label: `Package id 0`. */
  readonly label: string | undefined;
  /** Paths by element, such as `input` or `crit_alarm`, without the label. The element of `pwm1` is an empty text. */
  readonly elements: ReadonlyMap<string, string>;
}

const types = new Set([
  'beep_enable',
  'cpu',
  'curr',
  'energy',
  'fan',
  'freq',
  'humidity',
  'in',
  'intrusion',
  'power',
  'pwm',
  'temp',
  'update_interval',
  'vrm',
]);

const fileName = /^([^0-9]+)([0-9]*)(?:_(.+))?$/;

/** Returns the sensors sorted by the name of their first file. When a file of the device and a file of the chip have the same name, the file of the device is used. */
export function listSensors(folder: string, attributes: AttributeReader): HwmonSensor[] {
  const sensors = new Map<string, { type: string; paths: Map<string, string> }>();
  for (const place of [folder, join(folder, 'device')]) {
    for (const entry of attributes.folder(place) ?? []) {
      const [, type = '', number = '', element = ''] = fileName.exec(entry.name) ?? [];
      // Folders may have the same names: every device has `power`.
      if (!types.has(type) || !entry.isFile() || number.length > 9) continue;
      const name = `${type}${Number(number)}`;
      const sensor = sensors.get(name) ?? { type, paths: new Map<string, string>() };
      sensors.set(name, sensor);
      sensor.paths.set(element, join(place, entry.name));
    }
  }
  return [...sensors].map(([name, { type, paths }]) => {
    const labelPath = paths.get('label');
    paths.delete('label');
    const label = labelPath === undefined ? undefined : attributes.line(labelPath);
    return { name, type, label: label === '' ? undefined : label, elements: paths };
  });
}
