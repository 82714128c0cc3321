/** Names block devices by their numbers, from /sys/dev/block. */
import { readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { unlessAbsent } from '../../procfs/sysfs.ts';

/** Returns a function that returns the path of a device, such as `/dev/sda` for `8:0`, or an empty text for an unknown device. */
export function createDeviceNames(sysfs: string): (numbers: string) => string {
  const names = new Map<string, string>();
  return (numbers) => {
    const known = names.get(numbers);
    if (known !== undefined) return known;
    const target = unlessAbsent(() => readlinkSync(join(sysfs, 'dev', 'block', numbers)));
    if (target === undefined) return '';
    const name = `/dev/${basename(target)}`;
    names.set(numbers, name);
    return name;
  };
}
