import { describe, expect, test } from '@jest/globals';
import { canHang, stripRoot } from '../../exporter/mounts.ts';

describe('stripRoot', () => {
  test.each([
    ['/srv', '/', '/srv'],
    ['/host/srv', '/host', '/srv'],
    ['/host/srv', '/host/', '/srv'],
    ['/host', '/host', '/'],
    ['/hosting', '/host', '/hosting'],
    ['/srv', '/host', '/srv'],
  ])('%s under %s', (mountPoint, rootfs, stripped) => expect(stripRoot(mountPoint, rootfs)).toBe(stripped));
});

test.each(['nfs', 'nfs4', 'cifs', 'smb3', 'fuse', 'fuse.sshfs', 'fuseblk', 'ceph', '9p', 'glusterfs', 'lustre', 'afs'])(
  '%s can hang',
  (type) => expect(canHang(type)).toBe(true),
);

test.each(['ext4', 'xfs', 'btrfs', 'tmpfs', 'zfs', 'vfat', 'fusectl', 'overlay'])('%s answers from memory', (type) =>
  expect(canHang(type)).toBe(false),
);
