/** Exposes size and free space of mounted file systems, from systeminformation, which has no inodes. */
import type { Collector } from '../collector/collector.ts';
import { compileNameFilter, type NameFilterFlags, nameFilterFlags } from '../collector/name-filter.ts';
import { type Family, gauge, type Labels, type Sample } from '../exposition/family.ts';
import { listOf, numberAt, textAt, valueAt } from './systeminformation/field.ts';
import type { Platform, PortableHost } from './systeminformation/host.ts';

const where = 'systeminformation.fsSize';

/** node_exporter's defaults for macOS. */
const mountPointFlags: NameFilterFlags = {
  collector: 'filesystem',
  include: 'mount-points-include',
  exclude: 'mount-points-exclude',
  oldExclude: 'ignored-mount-points',
  defaultExclude: '^/(dev)($|/)',
};
const fsTypeFlags: NameFilterFlags = {
  collector: 'filesystem',
  include: 'fs-types-include',
  exclude: 'fs-types-exclude',
  oldExclude: 'ignored-fs-types',
  defaultExclude: '^devfs$',
};

export function createPortableFilesystem(host: PortableHost): Collector {
  return {
    name: 'filesystem',
    defaultEnabled: true,
    help: 'Exposes size and free space of mounted file systems.',
    flags: [...nameFilterFlags('mount points', mountPointFlags), ...nameFilterFlags('filesystem types', fsTypeFlags)],
    create({ flags }) {
      const isMountPointShown = compileNameFilter(flags, mountPointFlags);
      const isTypeShown = compileNameFilter(flags, fsTypeFlags);
      return async () => {
        const all = parseFilesystems(await host.ask('fsSize'), host.platform);
        return familiesOf(
          all.filter(({ labels }) => isMountPointShown(labels.mountpoint) && isTypeShown(labels.fstype)),
        );
      };
    },
  };
}

export interface PortableFilesystem {
  readonly labels: Labels & { readonly mountpoint: string; readonly fstype: string };
  readonly sizeBytes: number;
  readonly availBytes: number;
  readonly freeBytes: number;
  /** Absent when unknown. */
  readonly isReadOnly?: boolean;
}

/** Returns one entry per mount point, without entries of size 0. Throws an Error for implausible numbers, and when no entry remains. */
export function parseFilesystems(answer: unknown, platform: Platform): PortableFilesystem[] {
  const found = new Map<string, PortableFilesystem>();
  for (const entry of listOf(answer, where)) {
    const parsed = parseFilesystem(entry, platform);
    if (parsed.sizeBytes > 0) found.set(parsed.labels.mountpoint, parsed);
  }
  if (found.size === 0) throw new Error(`${where}: expected a file system with a size, got none`);
  return [...found.values()];
}

function parseFilesystem(entry: unknown, platform: Platform): PortableFilesystem {
  const mountpoint = textAt(entry, 'mount', where);
  const place = `${where} ${mountpoint}`;
  const device = textAt(entry, 'fs', place);
  const sizeBytes = numberAt(entry, 'size', place);
  const availBytes = numberAt(entry, 'available', place);
  if (availBytes > sizeBytes) throw new Error(`${place}: available: expected at most ${sizeBytes}, got ${availBytes}`);
  const isReadOnly = readOnlyOf(entry, device, platform);
  return {
    labels: { device, device_error: '', fstype: textAt(entry, 'type', place).toLowerCase(), mountpoint },
    sizeBytes,
    availBytes,
    freeBytes: freeOf(entry, { sizeBytes, availBytes, place, platform }),
    ...(isReadOnly === undefined ? {} : { isReadOnly }),
  };
}

/**
 * Returns the free bytes. On macOS, other volumes fill the same container, so that size - used exceeds the free space: returns the
 * available bytes. Windows reserves no space for privileged users.
 */
function freeOf(
  entry: unknown,
  at: { readonly sizeBytes: number; readonly availBytes: number; readonly place: string; readonly platform: Platform },
): number {
  if (at.platform === 'darwin' || at.platform === 'win32') return at.availBytes;
  const used = numberAt(entry, 'used', at.place);
  if (used > at.sizeBytes) throw new Error(`${at.place}: used: expected at most ${at.sizeBytes}, got ${used}`);
  return at.sizeBytes - used;
}

/** Returns undefined for devices without a path, and on Windows, where systeminformation does not read `rw` from the system. */
function readOnlyOf(entry: unknown, device: string, platform: Platform): boolean | undefined {
  const rw = valueAt(entry, 'rw');
  return platform !== 'win32' && device.startsWith('/') && typeof rw === 'boolean' ? !rw : undefined;
}

function familiesOf(all: readonly PortableFilesystem[]): Family[] {
  const family = (name: string, help: string, valueOf: (each: PortableFilesystem) => number | undefined): Family =>
    gauge(
      `node_filesystem_${name}`,
      help,
      all.flatMap((each): Sample[] => {
        const value = valueOf(each);
        return value === undefined ? [] : [{ labels: each.labels, value }];
      }),
    );
  return [
    family('avail_bytes', 'Filesystem space available to non-root users in bytes.', ({ availBytes }) => availBytes),
    family('free_bytes', 'Filesystem free space in bytes.', ({ freeBytes }) => freeBytes),
    family('readonly', 'Filesystem read-only status.', ({ isReadOnly }) =>
      isReadOnly === undefined ? undefined : Number(isReadOnly),
    ),
    family('size_bytes', 'Filesystem size in bytes.', ({ sizeBytes }) => sizeBytes),
  ];
}
