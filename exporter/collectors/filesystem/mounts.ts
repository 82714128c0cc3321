/** The mounts of the host, from mountinfo. Source: https://docs.kernel.org/filesystems/proc.html#proc-pid-mountinfo */
import { join } from 'node:path';
import { readHostFile, tryReadHostFile } from '../../procfs/host-file.ts';
import { parseLines, parseUnsigned, quote } from '../../procfs/parse.ts';

export interface Mount {
  readonly device: string;
  /** As the host sees it: blanks unescaped, `--path.rootfs` not in front. */
  readonly mountPoint: string;
  readonly fsType: string;
  readonly major: string;
  readonly minor: string;
  /** The mount or its file system is mounted `ro`, or ext4 stopped writing after an error. */
  readonly isReadOnly: boolean;
  /** The file system itself is, however it is mounted here. */
  readonly isFileSystemReadOnly: boolean;
}

/** Reads the host's own mounts (process 1 sees them); the exporter's where process 1 is hidden (`hidepid`) or in another PID namespace. */
export function createMountInfoReader(procfs: string): () => string {
  const host = join(procfs, '1', 'mountinfo');
  const own = join(procfs, 'self', 'mountinfo');
  return () => tryReadHostFile(host) ?? readHostFile(own);
}

/** One mount a mount point: a later line hides an earlier one, and only the visible one can be asked. */
export function parseMountInfo(text: string): Mount[] {
  const mounts = new Map<string, Mount>();
  for (const line of parseLines(text)) {
    const mount = parseMount(line);
    mounts.delete(mount.mountPoint);
    mounts.set(mount.mountPoint, mount);
  }
  if (mounts.size === 0) throw new Error('mountinfo: expected a mount, got none');
  return [...mounts.values()];
}

/** `36 35 98:0 /root /mount/point rw,noatime shared:1 - ext4 /dev/sda1 rw`; an empty device leaves two blanks in a row. */
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
  return {
    device: device as string,
    mountPoint: unescapeOctal(mountPoint),
    fsType: fsType as string,
    major: String(parseUnsigned(major, 'mountinfo major')),
    minor: String(parseUnsigned(minor, 'mountinfo minor')),
    isReadOnly: hasOption(options, 'ro') || isFileSystemReadOnly(superOptions),
    isFileSystemReadOnly: isFileSystemReadOnly(superOptions),
  };
}

/** Since Linux 6.15 ext4 tells an `errors=remount-ro` that came true as `emergency_ro`: https://github.com/torvalds/linux/commit/d3476f3dad4ad */
function isFileSystemReadOnly(superOptions: string): boolean {
  return hasOption(superOptions, 'ro') || hasOption(superOptions, 'emergency_ro');
}

function hasOption(options: string, option: string): boolean {
  return `,${options},`.includes(`,${option},`);
}

/** The kernel writes blank, tab, LF, `\` and `#` as `\040`, `\011`, `\012`, `\134` and `\043`. */
function unescapeOctal(path: string): string {
  if (!path.includes('\\')) return path;
  return path.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/**
 * The mounts by the host's names, one a name. In a container that has the host's root at `--path.rootfs`, a mount below it
 * is the host's, and hides one of the container's own that would get the same name.
 */
export function mountsUnderRoot(mounts: readonly Mount[], rootfs: string): Mount[] {
  const named = new Map<string, { readonly mount: Mount; readonly isBelowRoot: boolean }>();
  for (const mount of mounts) {
    const mountPoint = stripRoot(mount.mountPoint, rootfs);
    const isBelowRoot = mountPoint !== mount.mountPoint;
    if (!isBelowRoot && named.get(mountPoint)?.isBelowRoot) continue;
    // The container has the host's root mounted read-only, as it should: that says nothing of the host's own mounts.
    const isReadOnly = isBelowRoot ? mount.isFileSystemReadOnly : mount.isReadOnly;
    named.set(mountPoint, { mount: { ...mount, mountPoint, isReadOnly }, isBelowRoot });
  }
  return [...named.values()].map(({ mount }) => mount);
}

/** `/host/srv` below `/host` is `/srv`; what is not below stays. */
export function stripRoot(mountPoint: string, rootfs: string): string {
  const root = rootfs.replace(/\/+$/, '');
  if (root === '') return mountPoint;
  if (mountPoint === root) return '/';
  return mountPoint.startsWith(`${root}/`) ? mountPoint.slice(root.length) : mountPoint;
}

/**
 * Types whose statfs may never return: it asks a server, or a process. A hung call blocks its thread until SIGKILL,
 * so these are never asked from within the exporter.
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
