/** Exposes size, free space and inodes of the file systems that /proc/1/mountinfo lists, from statfs(2). */
import { join } from 'node:path';
import { parseDuration } from '../../common/program/settings/units.ts';
import type { Collector, CollectorFlag } from '../collector/collector.ts';
import { compileNameFilter, type NameFilterFlags, nameFilterFlags } from '../collector/name-filter.ts';
import { type Family, gauge, type Labels, type Sample } from '../exposition/family.ts';
import { readLocalUsage, type UsageReading } from './filesystem/filesystem-usage.ts';
import { bytePathOf } from './filesystem/host-path.ts';
import { createLocalMounts } from './filesystem/local-mounts.ts';
import { createMountProber, type MountProber } from './filesystem/mount-prober.ts';
import { canHang, createMountInfoReader, type Mount, mountsUnderRoot, parseMountInfo } from './filesystem/mounts.ts';

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

/** The functions that read the usage of mounts. */
export interface UsageSource {
  readonly readLocal: (bytePath: string) => Promise<UsageReading>;
  readonly createProber: (options: { readonly timeoutMs: number; readonly concurrency: number }) => MountProber;
}

export const filesystem: Collector = createFilesystem({ readLocal: readLocalUsage, createProber: createMountProber });

export function createFilesystem({ readLocal, createProber }: UsageSource): Collector {
  return {
    name: 'filesystem',
    defaultEnabled: true,
    help: 'Exposes size, free space and inodes of mounted file systems, from statfs(2).',
    docs: {
      source: '/proc/1/mountinfo, statfs(2)',
      differences: [
        {
          upstream:
            "since 1.12.0, exposes a file system below `--path.rootfs` as read-only when the container's mount is read-only",
          here: 'exposes a file system as read-only when the file system is read-only',
          reason: 'the recommended `:ro` mount would make every file system read-only',
        },
        {
          upstream: 'exposes a hidden mount with the numbers of the visible mount',
          here: 'omits the hidden mount',
          reason: 'the space would count twice',
        },
        {
          upstream: 'multiplies the number of blocks by f_bsize',
          here: 'multiplies the number of blocks by f_frsize',
          reason: 'statfs(2) counts blocks of f_frsize bytes; f_bsize differs on some FUSE mounts',
        },
        {
          upstream: 'a hung mount blocks the first scrape',
          here: 'a hung mount blocks a scrape for at most 1 s: decisions/hung-mounts.md',
          reason: 'the other series remain available',
        },
      ],
    },
    flags: [
      ...nameFilterFlags('mount points', mountPointFlags),
      ...nameFilterFlags('filesystem types', fsTypeFlags),
      ...timeoutFlags,
    ],
    create({ paths, flags, faults }) {
      const local = createLocalMounts({ read: readLocal });
      const root = bytePathOf(paths.rootfs);
      const isMountPointShown = compileNameFilter(flags, mountPointFlags);
      const isTypeShown = compileNameFilter(flags, fsTypeFlags);
      const timeoutMs = parseTimeout(flags['mount-timeout'] ?? '');
      const prober = createProber({ timeoutMs, concurrency: parseWorkers(flags['stat-workers'] ?? '') });

      const readMountInfo = createMountInfoReader(paths.procfs);
      const parseTargets = (text: string) =>
        mountsUnderRoot(parseMountInfo(text, faults), paths.rootfs)
          .filter(({ mountPoint, fsType }) => isMountPointShown(mountPoint) && isTypeShown(fsType))
          .map((mount) => targetOf(mount, join(root, mount.bytePath)));
      let last: { readonly text: string; readonly targets: readonly Target[] } | undefined;

      return () => {
        const text = readMountInfo();
        // Mounts rarely change: hundreds of lines are parsed and filtered only when the text differs.
        if (last?.text !== text) last = { text, targets: parseTargets(text) };
        const { targets } = last;
        const inPool: string[] = [];
        const inChildren: string[] = [];
        for (const { path, canHang: isRemote } of targets)
          (isRemote || !local.mayRead(path) ? inChildren : inPool).push(path);
        const children = inChildren.length === 0 ? undefined : prober.readAll(inChildren);
        return local
          .readAll(inPool)
          .then(async (readings) => familiesOf(targets, new Map([...readings, ...((await children) ?? [])])));
      };
    },
  };
}

/** A mount to read, and its facts from mountinfo. */
interface Target {
  /** ./filesystem/host-path.ts */
  readonly path: string;
  readonly canHang: boolean;
  readonly isReadOnly: boolean;
  readonly mountInfo: Sample;
  /** Labels of the samples when the read succeeds. */
  readonly labels: Labels;
}

function targetOf(
  { device, mountPoint: mountpoint, fsType: fstype, major, minor, isReadOnly }: Mount,
  path: string,
): Target {
  return {
    path,
    canHang: canHang(fstype),
    isReadOnly,
    mountInfo: { labels: { device, major, minor, mountpoint }, value: 1 },
    labels: { device, device_error: '', fstype, mountpoint },
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

/** Metrics of a successful read, in the order of exposition. */
const usageMetrics = [
  ['avail_bytes', 'Filesystem space available to non-root users in bytes.', 'availBytes'],
  ['files', 'Filesystem total file nodes.', 'files'],
  ['files_free', 'Filesystem total free file nodes.', 'filesFree'],
  ['free_bytes', 'Filesystem free space in bytes.', 'freeBytes'],
  ['size_bytes', 'Filesystem size in bytes.', 'sizeBytes'],
] as const;

function familiesOf(targets: readonly Target[], readings: ReadonlyMap<string, UsageReading>): Family[] {
  const deviceError: Sample[] = [];
  const mountInfo: Sample[] = [];
  const readOnly: Sample[] = [];
  // node_exporter has the family on every system; the value is 0 on Linux.
  const purgeable: Sample[] = [];
  const usage = usageMetrics.map((): Sample[] => []);
  for (const target of targets) {
    const reading = readings.get(target.path);
    if (reading === undefined) continue;
    const isFault = 'fault' in reading;
    const labels = isFault ? { ...target.labels, device_error: reading.fault } : target.labels;
    deviceError.push({ labels, value: isFault ? 1 : 0 });
    // Known from mountinfo, also when the read fails.
    readOnly.push({ labels, value: target.isReadOnly ? 1 : 0 });
    if (isFault) continue;
    mountInfo.push(target.mountInfo);
    purgeable.push({ labels, value: 0 });
    for (const [index, [, , field]] of usageMetrics.entries()) {
      usage[index]?.push({ labels, value: reading.usage[field] });
    }
  }
  return [
    gauge(
      'node_filesystem_device_error',
      'Whether an error occurred while getting statistics for the given device.',
      deviceError,
    ),
    gauge('node_filesystem_mount_info', 'Filesystem mount information.', mountInfo),
    gauge(
      'node_filesystem_purgeable_bytes',
      'Filesystem space available including purgeable space (MacOS specific).',
      purgeable,
    ),
    gauge('node_filesystem_readonly', 'Filesystem read-only status.', readOnly),
    ...usageMetrics.map(([name, help], index) => gauge(`node_filesystem_${name}`, help, usage[index] ?? [])),
  ];
}
