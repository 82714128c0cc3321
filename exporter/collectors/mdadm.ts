/** Exposes state, disks and progress of software RAID arrays, from /proc/mdstat and /sys/block. */
import { join } from 'node:path';
import type { Collector } from '../collector/collector.ts';
import { memoize } from '../collector/memoize.ts';
import { gauge, type Sample } from '../exposition/family.ts';
import { parseLine, parseUnsigned } from '../procfs/host-file.ts';
import { type AttributeReader, createAttributeReader, listFolder } from '../procfs/sysfs.ts';
import { type MdArray, parseMdstat } from './mdadm/mdstat.ts';

/** Exposed states, in the order of exposition. As in node_exporter, a reshape is not an exposed state. */
const shownStates = ['active', 'check', 'inactive', 'recovering', 'resync'] as const;

/** Levels of arrays that contain no disks. */
const containers = new Set(['', 'container', 'imsm', 'ddf']);
/** Levels of arrays that cannot be degraded and have no file `degraded`. */
const withoutRedundancy = new Set([...containers, 'raid0', 'linear']);

export const mdadm: Collector = {
  name: 'mdadm',
  defaultEnabled: true,
  help: 'Exposes state, disks and progress of software RAID arrays, from /proc/mdstat and /sys/block.',
  docs: {
    source: '/proc/mdstat, /sys/block/md*/md',
    differences: [
      {
        upstream: 'ignores malformed lines',
        here: 'omits, logs and counts malformed lines',
        reason: 'a missing array looks like a healthy array',
      },
    ],
  },
  flags: [],
  create({ paths, faults }) {
    const attributes = createAttributeReader(faults);
    const path = join(paths.procfs, 'mdstat');
    const block = join(paths.sysfs, 'block');
    const labelsOf = memoize((device) => ({ device }));
    return () => {
      const text = attributes.text(path);
      if (text === undefined) return [];
      const arrays = parseMdstat(text, faults);
      const samplesOf = (valueOf: (array: MdArray) => number) =>
        arrays.map((array) => ({ labels: labelsOf(array.device), value: valueOf(array) }));
      const blocks = samplesOf((array) => array.blocks);
      const blocksSynced = samplesOf((array) => array.blocksSynced);
      const disksRequired = samplesOf((array) => array.disksRequired);
      const { degraded, raidDisks } = readArrays(block, labelsOf, attributes);
      return [
        gauge('node_md_blocks', 'Total number of blocks on device.', blocks),
        gauge('node_md_blocks_synced', 'Number of blocks synced on device.', blocksSynced),
        gauge('node_md_degraded', 'Number of degraded disks on device.', degraded),
        gauge('node_md_disks', 'Number of active/failed/spare disks of device.', arrays.flatMap(diskSamples)),
        gauge('node_md_disks_required', 'Total number of disks of device.', disksRequired),
        gauge('node_md_raid_disks', 'Number of raid disks on device.', raidDisks),
        gauge('node_md_state', 'Indicates the state of md-device.', arrays.flatMap(stateSamples)),
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

/** Reads from sysfs how many disks each array has and how many are missing. */
function readArrays(
  block: string,
  labelsOf: (device: string) => Sample['labels'],
  attributes: AttributeReader,
): { degraded: Sample[]; raidDisks: Sample[] } {
  const degraded: Sample[] = [];
  const raidDisks: Sample[] = [];
  for (const { name } of listFolder(block) ?? []) {
    if (!name.startsWith('md')) continue;
    const folder = join(block, name, 'md');
    const level = attributes.line(join(folder, 'level'));
    if (level === undefined) continue;
    const labels = labelsOf(name);
    const missing = withoutRedundancy.has(level) ? 0 : attributes.unsigned(join(folder, 'degraded'));
    if (missing !== undefined) degraded.push({ labels, value: missing });
    const disks = containers.has(level)
      ? undefined
      : attributes.parsed(join(folder, 'raid_disks'), (text) => parseRaidDisks(text, name));
    if (disks !== undefined) raidDisks.push({ labels, value: disks });
  }
  return { degraded, raidDisks };
}

/** Parses `4` or, during a reshape, `5 (4)`: the new and the old number. */
export function parseRaidDisks(text: string, device: string): number {
  const line = parseLine(text, `${device} raid_disks`);
  const [, disks = line] = /^(\d+) \(\d+\)$/.exec(line) ?? [];
  return parseUnsigned(disks, `${device} raid_disks`);
}
