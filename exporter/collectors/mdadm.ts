/** Software RAID arrays, from /proc/mdstat and /sys/block/md*. */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { remembered } from '../collector/memoize.ts';
import type { Family, Sample } from '../exposition/family.ts';
import { tryReadHostFile } from '../procfs/host-file.ts';
import { parseLine, parseUnsigned } from '../procfs/parse.ts';
import { listFolder, tryReadInteger, tryReadLineOrNone } from '../procfs/sysfs.ts';
import { type MdArray, parseMdstat } from './mdadm/mdstat.ts';

/** The states that are shown, in the order of exposition; a reshape is none of them, as in node_exporter. */
const shownStates = ['active', 'check', 'inactive', 'recovering', 'resync'] as const;

/** Arrays without disks of their own. */
const containers = new Set(['', 'container', 'imsm', 'ddf']);
/** Arrays that cannot lack a disk, and have no such file. */
const withoutRedundancy = new Set([...containers, 'raid0', 'linear']);

export const mdadm: Collector = {
  name: 'mdadm',
  defaultEnabled: true,
  help: 'State, disks and progress of software RAID arrays, from /proc/mdstat and /sys/block.',
  flags: [],
  create({ paths }) {
    const path = join(paths.procfs, 'mdstat');
    const block = join(paths.sysfs, 'block');
    const labelsOf = remembered((device) => ({ device }));
    return () => {
      const text = tryReadHostFile(path);
      if (text === undefined) return [];
      const arrays = parseMdstat(text);
      const gauge = (name: string, help: string, samples: Sample[]): Family => ({
        name: `node_md_${name}`,
        help,
        type: 'gauge',
        samples,
      });
      const each = (valueOf: (array: MdArray) => number) =>
        arrays.map((array) => ({ labels: labelsOf(array.device), value: valueOf(array) }));
      const { degraded, raidDisks } = readArrays(block, labelsOf);
      return [
        gauge(
          'blocks',
          'Total number of blocks on device.',
          each(({ blocks }) => blocks),
        ),
        gauge(
          'blocks_synced',
          'Number of blocks synced on device.',
          each(({ blocksSynced }) => blocksSynced),
        ),
        gauge('degraded', 'Number of degraded disks on device.', degraded),
        gauge('disks', 'Number of active/failed/spare disks of device.', arrays.flatMap(diskSamples)),
        gauge(
          'disks_required',
          'Total number of disks of device.',
          each(({ disksRequired }) => disksRequired),
        ),
        gauge('raid_disks', 'Number of raid disks on device.', raidDisks),
        gauge('state', 'Indicates the state of md-device.', arrays.flatMap(stateSamples)),
      ];
    };
  },
};

function diskSamples({ device, active, failed, spare }: MdArray): Sample[] {
  return [
    { labels: { device, state: 'active' }, value: active },
    { labels: { device, state: 'failed' }, value: failed },
    { labels: { device, state: 'spare' }, value: spare },
  ];
}

function stateSamples({ device, state }: MdArray): Sample[] {
  return shownStates.map((shown) => ({ labels: { device, state: shown }, value: shown === state ? 1 : 0 }));
}

/** What sysfs says of each array: how many disks it is made for, and how many it lacks. */
function readArrays(
  block: string,
  labelsOf: (device: string) => Sample['labels'],
): { degraded: Sample[]; raidDisks: Sample[] } {
  const degraded: Sample[] = [];
  const raidDisks: Sample[] = [];
  for (const { name } of listFolder(block) ?? []) {
    if (!name.startsWith('md')) continue;
    const folder = join(block, name, 'md');
    const level = tryReadLineOrNone(join(folder, 'level'));
    if (level === undefined) continue;
    const labels = labelsOf(name);
    const lacking = withoutRedundancy.has(level) ? 0 : tryReadInteger(join(folder, 'degraded'));
    if (lacking !== undefined) degraded.push({ labels, value: lacking });
    const disks = containers.has(level) ? undefined : tryReadHostFile(join(folder, 'raid_disks'));
    if (disks !== undefined) raidDisks.push({ labels, value: parseRaidDisks(disks, name) });
  }
  return { degraded, raidDisks };
}

/** `4`, or while the array is reshaped `5 (4)`: the new number and the old one. */
export function parseRaidDisks(text: string, device: string): number {
  const line = parseLine(text, `${device} raid_disks`);
  const [, disks = line] = /^(\d+) \(\d+\)$/.exec(line) ?? [];
  return parseUnsigned(disks, `${device} raid_disks`);
}
