/** Mounts in mountinfo, as seen by the host and by a container. */
import { describe, expect, test } from '@jest/globals';
import {
  canHang,
  mountsUnderRoot,
  parseMountInfo,
  stripRoot,
} from '../../../../exporter/collectors/filesystem/mounts.ts';
import { createRecordingFaults } from '../../../support/collector-host.ts';

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

test.each(['ext4', 'xfs', 'btrfs', 'tmpfs', 'zfs', 'vfat', 'fusectl', 'overlay'])('%s cannot hang', (type) =>
  expect(canHang(type)).toBe(false),
);

test('in a container, mounts of the host have the names of the host and win over those of the container', () => {
  const mounts = parseMountInfo(
    [
      '1 0 0:50 / / rw - overlay overlay rw',
      '2 1 0:51 / /run rw - tmpfs container rw',
      '3 1 8:1 / /host ro - ext4 /dev/sda1 rw',
      '4 3 0:25 / /host/run ro - tmpfs tmpfs rw',
      '5 1 0:52 / /etc/hosts rw - ext4 /dev/sda1 rw',
      '6 1 0:53 / /run rw - tmpfs later rw',
      '',
    ].join('\n'),
    createRecordingFaults(),
  );
  const named = mountsUnderRoot(mounts, '/host').map(({ mountPoint, device }) => [mountPoint, device]);
  expect(new Map(named as [string, string][])).toEqual(
    new Map([
      ['/', '/dev/sda1'],
      ['/run', 'tmpfs'],
      ['/etc/hosts', '/dev/sda1'],
    ]),
  );
  expect(named).toHaveLength(3);
});

test("a container's read-only mount of the host does not make the host's file systems read-only", () => {
  const text = [
    '3 1 8:1 / /host ro,relatime - ext4 /dev/sda1 rw',
    '4 3 8:2 / /host/frozen ro - ext4 /dev/sda2 ro',
    '5 3 8:3 / /host/broken rw - ext4 /dev/sda3 rw,emergency_ro,errors=remount-ro',
    '6 1 8:4 / /own ro - ext4 /dev/sda4 rw',
    '',
  ].join('\n');
  const readOnly = mountsUnderRoot(parseMountInfo(text, createRecordingFaults()), '/host').map((mount) => [
    mount.mountPoint,
    mount.isReadOnly,
  ]);
  expect(readOnly).toEqual([
    ['/', false],
    ['/frozen', true],
    ['/broken', true],
    ['/own', true],
  ]);
});
