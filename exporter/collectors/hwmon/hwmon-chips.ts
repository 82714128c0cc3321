/** The chips below /sys/class/hwmon and their names, which stay the same over reboots where the hardware allows it. */
import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isMissing } from '../../procfs/host-file.ts';
import { listFolder, tryReadLine } from '../../procfs/sysfs.ts';

export interface HwmonChip {
  readonly folder: string;
  /** Unique: made of the device's place (`platform_coretemp_0`), or of a name when it has none. */
  readonly chip: string;
  /** What the driver calls it: `coretemp`. */
  readonly chipName: string | undefined;
}

/** In the order of the folders' names. A folder that vanishes meanwhile is left out. */
export function listChips(root: string): HwmonChip[] {
  const found = (listFolder(root) ?? []).flatMap(({ name: entry }) => {
    const folder = join(root, entry);
    const chipName = cleanName(tryReadLine(join(folder, 'name')) ?? '');
    const base = deviceName(folder) ?? (chipName === '' ? cleanName(entry) : chipName);
    return listFolder(folder) === undefined ? [] : [{ entry, folder, chipName, base }];
  });
  const share = (base: string, chipName?: string) =>
    found.filter((each) => each.base === base && (chipName === undefined || each.chipName === chipName)).length;
  return found.map(({ entry, folder, chipName, base }) => {
    // Two chips of one device: the driver's name tells them apart, or else the number, which a reboot may change.
    const own = chipName !== '' && share(base, chipName) === 1 ? chipName : cleanName(entry);
    const chip = share(base) === 1 ? base : `${base}_${own}`;
    return { folder, chip, chipName: chipName === '' ? undefined : chipName };
  });
}

/** `platform_coretemp_0` for a chip whose `device` leads to .../platform/coretemp.0; undefined without a device. */
function deviceName(folder: string): string | undefined {
  let path: string;
  try {
    path = realpathSync(join(folder, 'device'));
  } catch (thrown) {
    if (isMissing(thrown)) return undefined;
    throw thrown;
  }
  const [type, name] = [cleanName(basename(dirname(path))), cleanName(basename(path))];
  if (name === '') return undefined;
  return type === '' ? name : `${type}_${name}`;
}

/** What a metric's label may be made of here: lower case, digits, `_` and `:`. */
export function cleanName(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9:_]/g, '_')
    .replaceAll(/^_+|_+$/g, '');
}
