/** Space and inodes of mounted file systems: the mounts from mountinfo, the numbers from statfs. */
import { join } from 'node:path';
import type { Family, Labels, Sample } from '../../common/family.ts';
import { parseDuration } from '../../common/program/quantity.ts';
import type { Collector, CollectorFlag } from '../collector.ts';
import { readLocalUsage, type UsageReading } from '../filesystem-usage.ts';
import { createMountProber, type MountProber } from '../mount-prober.ts';
import { canHang, type Mount, readMounts, stripRoot } from '../mounts.ts';
import { compileNameFilter, type NameFilterFlags, nameFilterFlags } from '../name-filter.ts';

const mountPointFlags: NameFilterFlags = {
  collector: 'filesystem',
  include: 'mount-points-include',
  exclude: 'mount-points-exclude',
  oldExclude: 'ignored-mount-points',
  defaultExclude: '^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)',
};

const fsTypeFlags: NameFilterFlags = {
  collector: 'filesystem',
  include: 'fs-types-include',
  exclude: 'fs-types-exclude',
  oldExclude: 'ignored-fs-types',
  defaultExclude:
    '^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|iso9660|mqueue|nsfs|overlay|proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|erofs|sysfs|tracefs)$',
};

const timeoutFlags: readonly CollectorFlag[] = [
  {
    name: 'mount-timeout',
    help: 'how long to wait for a mount to respond before marking it as stale',
    isHidden: true,
    default: '5s',
    check: (text) => void parseTimeout(text),
  },
  {
    name: 'stat-workers',
    help: 'how many stat calls to process simultaneously',
    isHidden: true,
    default: '4',
    check: (text) => void parseWorkers(text),
  },
];

/** How mounts are asked; tests of what is made of the answers bring their own. */
export interface UsageSource {
  readonly readLocal: (path: string) => UsageReading;
  readonly createProber: (options: { readonly timeoutMs: number; readonly concurrency: number }) => MountProber;
}

export const filesystem: Collector = createFilesystem({ readLocal: readLocalUsage, createProber: createMountProber });

export function createFilesystem({ readLocal, createProber }: UsageSource): Collector {
  return {
    name: 'filesystem',
    defaultEnabled: true,
    help: 'Size, free space and inodes of mounted file systems.',
    flags: [
      ...nameFilterFlags('mount points', mountPointFlags),
      ...nameFilterFlags('filesystem types', fsTypeFlags),
      ...timeoutFlags,
    ],
    create({ paths, flags }) {
      const isMountPointShown = compileNameFilter(flags, mountPointFlags);
      const isTypeShown = compileNameFilter(flags, fsTypeFlags);
      const timeoutMs = parseTimeout(flags['mount-timeout'] ?? '');
      const prober = createProber({ timeoutMs, concurrency: parseWorkers(flags['stat-workers'] ?? '') });

      const readShownMounts = () =>
        readMounts(paths.procfs)
          .map((mount) => ({ ...mount, mountPoint: stripRoot(mount.mountPoint, paths.rootfs) }))
          .filter(({ mountPoint, fsType }) => isMountPointShown(mountPoint) && isTypeShown(fsType));
      const pathOf = ({ mountPoint }: Mount) => join(paths.rootfs, mountPoint);

      return () => {
        const mounts = readShownMounts();
        const remote = mounts.filter(({ fsType }) => canHang(fsType));
        const local = mounts.filter(({ fsType }) => !canHang(fsType));
        const readings = new Map(local.map((mount) => [mount, readLocal(pathOf(mount))]));
        if (remote.length === 0) return familiesOf(mounts, readings);
        return prober.readAll(remote.map(pathOf)).then((answers) => {
          for (const mount of remote) {
            const reading = answers.get(pathOf(mount));
            if (reading !== undefined) readings.set(mount, reading);
          }
          return familiesOf(mounts, readings);
        });
      };
    },
  };
}

function parseTimeout(text: string): number {
  const timeoutMs = parseDuration(text);
  if (timeoutMs === undefined || timeoutMs <= 0) throw new Error('expected a duration such as 5s');
  return timeoutMs;
}

function parseWorkers(text: string): number {
  if (!/^[0-9]{1,4}$/.test(text)) throw new Error('expected a number of workers such as 4');
  return Math.max(1, Number(text));
}

/** In the order of exposition: what a mount has when it was read. */
const usageHeads = [
  ['avail_bytes', 'Filesystem space available to non-root users in bytes.', 'availBytes'],
  ['files', 'Filesystem total file nodes.', 'files'],
  ['files_free', 'Filesystem total free file nodes.', 'filesFree'],
  ['free_bytes', 'Filesystem free space in bytes.', 'freeBytes'],
  ['size_bytes', 'Filesystem size in bytes.', 'sizeBytes'],
] as const;

function familiesOf(mounts: readonly Mount[], readings: ReadonlyMap<Mount, UsageReading>): Family[] {
  const samples = {
    deviceError: [] as Sample[],
    mountInfo: [] as Sample[],
    readOnly: [] as Sample[],
    usage: usageHeads.map((): Sample[] => []),
  };
  for (const mount of mounts) {
    const reading = readings.get(mount);
    if (reading === undefined) continue;
    const { device, mountPoint: mountpoint, fsType: fstype, major, minor } = mount;
    const labels: Labels = { device, device_error: 'fault' in reading ? reading.fault : '', fstype, mountpoint };
    samples.deviceError.push({ labels, value: 'fault' in reading ? 1 : 0 });
    samples.readOnly.push({ labels, value: mount.isReadOnly ? 1 : 0 });
    if ('fault' in reading) continue;
    samples.mountInfo.push({ labels: { device, major, minor, mountpoint }, value: 1 });
    for (const [index, [, , field]] of usageHeads.entries()) {
      samples.usage[index]?.push({ labels, value: reading.usage[field] });
    }
  }
  return [
    gauge(
      'device_error',
      'Whether an error occurred while getting statistics for the given device.',
      samples.deviceError,
    ),
    gauge('mount_info', 'Filesystem mount information.', samples.mountInfo),
    gauge('readonly', 'Filesystem read-only status.', samples.readOnly),
    ...usageHeads.map(([name, help], index) => gauge(name, help, samples.usage[index] ?? [])),
  ];
}

function gauge(name: string, help: string, samples: readonly Sample[]): Family {
  return { name: `node_filesystem_${name}`, help, type: 'gauge', samples };
}
