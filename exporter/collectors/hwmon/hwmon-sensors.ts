/** The sensors of one chip: files such as `temp1_input` and `temp1_label`, beside the chip or, with older drivers, its device. */
import { join } from 'node:path';
import { listFolder, tryReadAttribute, validText } from '../../procfs/sysfs.ts';

export interface HwmonSensor {
  /** `temp1`; `beep_enable0` for what a chip has once. */
  readonly name: string;
  readonly type: string;
  /** As the driver has it: `Package id 0`. */
  readonly label: string | undefined;
  /** Paths by element: `input`, `crit_alarm`; empty for the bare file (`pwm1`). Without the label. */
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

/** By name's order of their first file. The device's files win over the chip's of the same name. */
export function listSensors(folder: string): HwmonSensor[] {
  const sensors = new Map<string, { type: string; paths: Map<string, string> }>();
  for (const place of [folder, join(folder, 'device')]) {
    for (const entry of listFolder(place) ?? []) {
      const [, type = '', number = '', element = ''] = fileName.exec(entry.name) ?? [];
      // Folders have such names, too: `power` is in every device.
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
    return { name, type, label: labelPath === undefined ? undefined : readLabel(labelPath), elements: paths };
  });
}

/** A label that is cut short is none: every driver ends it with a line feed. */
function readLabel(path: string): string | undefined {
  const text = tryReadAttribute(path);
  return text?.endsWith('\n') ? validText(text) : undefined;
}
