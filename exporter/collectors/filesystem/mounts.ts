/** Reads the mounts of the host from mountinfo. Source: https://docs.kernel.org/filesystems/proc.html#proc-pid-mountinfo */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMissing, parseLines, parseUnsigned, quote } from '../../procfs/host-file.ts';
import type { ValueFaults } from '../../procfs/value-faults.ts';
import { bytePathOf, decodePath } from './host-path.ts';

export interface Mount {
  readonly device: string;
  /** The mount point as the host names it: unescaped, and without `--path.rootfs`. */
  readonly mountPoint: string;
  /** The bytes of the mount point: ./host-path.ts */
  readonly bytePath: string;
  readonly fsType: string;
  readonly major: string;
  readonly minor: string;
  /** The mount or its file system is read-only, or ext4 became read-only after an error. */
  readonly isReadOnly: boolean;
  /** The file system is read-only, independent of this mount's options. */
  readonly isFileSystemReadOnly: boolean;
}

/**
 * Returns a function that reads the mounts of process 1, which are the host's. Reads the exporter's mounts when process 1 is hidden
 * (`hidepid`) or in another PID namespace. The text has one character per byte.
 */
export function createMountInfoReader(procfs: string): () => string {
  const host = join(procfs, '1', 'mountinfo');
  const own = join(procfs, 'self', 'mountinfo');
  return () => {
    try {
      return readFileSync(host, 'latin1');
    } catch (thrown) {
      if (!isMissing(thrown) && !isRefused(thrown)) throw thrown;
      return readFileSync(own, 'latin1');
    }
  };
}

/** Returns true when another user's processes cannot be read. */
function isRefused(thrown: unknown): boolean {
  return Error.isError(thrown) && ['EACCES', 'EPERM'].includes((thrown as NodeJS.ErrnoException).code ?? '');
}

/** Parses one mount for each mount point: a later line hides an earlier one, and only the visible mount can be read. */
export function parseMountInfo(text: string, faults: ValueFaults): Mount[] {
  const mounts = new Map<string, Mount>();
  for (const line of parseLines(text)) {
    const mount = faults.attempt(`mountinfo ${line.split(' ', 5)[4] ?? ''}`, () => parseMount(line));
    if (mount === undefined) continue;
    mounts.delete(mount.bytePath);
    mounts.set(mount.bytePath, mount);
  }
  if (mounts.size === 0) throw new Error('mountinfo: expected a mount, got none');
  return [...mounts.values()];
}

/** `36 35 98:0 /root /mount/point rw,noatime shared:1 - ext4 /dev/sda1 rw`; an empty device leaves two consecutive blanks. */
function parseMount(line: string): Mount {
  const words = line.split(' ');
  const dash = words.indexOf('-', 6);
  const [, , numbers = '', , mountPoint = '', options] = words;
  const [fsType, device, superOptions] = dash === -1 ? [] : words.slice(dash + 1);
  const [major, minor, ...rest] = numbers.split(':');
  if (options === undefined || superOptions === undefined || rest.length > 0 || !mountPoint.startsWith('/')) {
    throw new Error(
      `mountinfo: expected "id parent major:minor root mountpoint options - type device options", got ${quote(line)}`,
    );
  }
  const bytePath = unescapeOctal(mountPoint);
  return {
    // node_exporter does not unescape the device.
    device: decodePath(device as string),
    mountPoint: decodePath(bytePath),
    bytePath,
    fsType: decodePath(fsType as string),
    major: String(parseUnsigned(major, 'mountinfo major')),
    minor: String(parseUnsigned(minor, 'mountinfo minor')),
    isReadOnly: hasOption(options, 'ro') || isFileSystemReadOnly(superOptions),
    isFileSystemReadOnly: isFileSystemReadOnly(superOptions),
  };
}

/** Since Linux 6.15 ext4 shows `emergency_ro` after `errors=remount-ro` took effect: https://github.com/torvalds/linux/commit/d3476f3dad4ad */
function isFileSystemReadOnly(superOptions: string): boolean {
  return hasOption(superOptions, 'ro') || hasOption(superOptions, 'emergency_ro');
}

function hasOption(options: string, option: string): boolean {
  return `,${options},`.includes(`,${option},`);
}

/** Unescapes `\040`, `\011`, `\012`, `\134` and `\043`: blank, tab, LF, `\` and `#`. */
function unescapeOctal(path: string): string {
  if (!path.includes('\\')) return path;
  return path.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/**
 * Returns the mounts under the host's names, one mount per name. In a container with the host's root at `--path.rootfs`, the mounts
 * below `--path.rootfs` are the host's. When a mount of the host and a mount of the container have the same name, returns the host's.
 */
export function mountsUnderRoot(mounts: readonly Mount[], rootfs: string): Mount[] {
  const named = new Map<string, { readonly mount: Mount; readonly isBelowRoot: boolean }>();
  const root = bytePathOf(rootfs);
  for (const mount of mounts) {
    const bytePath = stripRoot(mount.bytePath, root);
    const mountPoint = decodePath(bytePath);
    const isBelowRoot = bytePath !== mount.bytePath;
    if (!isBelowRoot && named.get(bytePath)?.isBelowRoot) continue;
    // Containers mount the host's root read-only, which does not make the host's mounts read-only.
    const isReadOnly = isBelowRoot ? mount.isFileSystemReadOnly : mount.isReadOnly;
    named.set(bytePath, { mount: { ...mount, mountPoint, bytePath, isReadOnly }, isBelowRoot });
  }
  return [...named.values()].map(({ mount }) => mount);
}

/** Removes the root from a path: `/host/srv` below `/host` becomes `/srv`. Other paths do not change. */
export function stripRoot(mountPoint: string, rootfs: string): string {
  const root = rootfs.replace(/\/+$/, '');
  if (root === '') return mountPoint;
  if (mountPoint === root) return '/';
  return mountPoint.startsWith(`${root}/`) ? mountPoint.slice(root.length) : mountPoint;
}

/**
 * Returns true for types whose statfs may never return, because a server or a process answers it. A hung call blocks its
 * thread until SIGKILL, so the exporter never makes it itself.
 */
export function canHang(fsType: string): boolean {
  return remoteTypes.has(fsType) || fsType.startsWith('fuse.') || fsType.startsWith('nfs');
}

const remoteTypes = new Set([
  '9p',
  'acfs',
  'afs',
  'autofs',
  'beegfs',
  'ceph',
  'cifs',
  'coda',
  'fuse',
  'fuseblk',
  'gfs2',
  'glusterfs',
  'gpfs',
  'lustre',
  'ncpfs',
  'ocfs2',
  'orangefs',
  'panfs',
  'prl_fs',
  'pvfs2',
  'smb2',
  'smb3',
  'smbfs',
  'vboxsf',
  'virtiofs',
  'vmhgfs',
]);
