/** Lists the chips below /sys/class/hwmon under names that survive reboots where the hardware permits. */
import { basename, dirname, join } from 'node:path';
import { type AttributeReader, listFolder } from '../../procfs/sysfs.ts';

export interface HwmonChip {
  readonly folder: string;
  /** Unique name, made of the device's path (`platform_coretemp_0`), or of the driver's name for a chip without device. */
  readonly chip: string;
  /** The driver's name: `coretemp`. */
  readonly chipName: string | undefined;
}

/** Returns the chips in the order of their folders. Omits a folder that disappears during the read. */
export function listChips(root: string, attributes: AttributeReader): HwmonChip[] {
  const found = (listFolder(root) ?? []).flatMap(({ name: entry }) => {
    const folder = join(root, entry);
    const chipName = cleanName(attributes.line(join(folder, 'name')) ?? '');
    const base = deviceName(folder, attributes) ?? (chipName === '' ? cleanName(entry) : chipName);
    return attributes.folder(folder) === undefined ? [] : [{ entry, folder, chipName, base }];
  });
  const countChips = (base: string, chipName?: string) =>
    found.filter((each) => each.base === base && (chipName === undefined || each.chipName === chipName)).length;
  return found.map(({ entry, folder, chipName, base }) => {
    // Chips of one device are distinguished by the driver's name or, if that is equal, by the number, which a reboot may change.
    const own = chipName !== '' && countChips(base, chipName) === 1 ? chipName : cleanName(entry);
    const chip = countChips(base) === 1 ? base : `${base}_${own}`;
    return { folder, chip, chipName: chipName === '' ? undefined : chipName };
  });
}

/** Returns `platform_coretemp_0` for a chip whose `device` links to .../platform/coretemp.0; undefined without a device. */
function deviceName(folder: string, attributes: AttributeReader): string | undefined {
  const path = attributes.target(join(folder, 'device'));
  if (path === undefined) return undefined;
  const [type, name] = [cleanName(basename(dirname(path))), cleanName(basename(path))];
  if (name === '') return undefined;
  return type === '' ? name : `${type}_${name}`;
}

/** Converts text to lower case letters, digits, `_` and `:`. */
export function cleanName(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9:_]/g, '_')
    .replaceAll(/^_+|_+$/g, '');
}
