import { expect, test } from '@jest/globals';
import { writeCpio } from '../../../../scripts/package/archive/cpio.ts';

interface Member {
  readonly path: string;
  readonly inode: number;
  readonly mode: number;
  readonly time: number;
  readonly content: string;
}

/** Reads the format as cpio(5) describes it. */
function readCpio(archive: Buffer): readonly Member[] {
  const members: Member[] = [];
  for (let at = 0; ; ) {
    expect(archive.toString('latin1', at, at + 6)).toBe('070701');
    const field = (index: number): number =>
      Number.parseInt(archive.toString('latin1', at + 6 + index * 8, at + 14 + index * 8), 16);
    const nameBytes = field(11);
    const path = archive.toString('utf8', at + 110, at + 109 + nameBytes);
    if (path === 'TRAILER!!!') return members;
    const start = Math.ceil((at + 110 + nameBytes) / 4) * 4;
    const end = start + field(6);
    members.push({
      path,
      inode: field(0),
      mode: field(1),
      time: field(5),
      content: archive.toString('utf8', start, end),
    });
    at = Math.ceil(end / 4) * 4;
  }
}

test('writes directories, files and links', () => {
  const archive = writeCpio(
    [
      { path: 'etc/x/', mode: 0o755 },
      { path: 'etc/x/a.yml', mode: 0o640, content: Buffer.from('a: 1\n') },
      { path: 'usr/bin/x', mode: 0o777, link: '../lib/x' },
    ],
    1_700_000_000,
  );
  expect(readCpio(archive)).toEqual([
    { path: './etc/x', inode: 1, mode: 0o040755, time: 1_700_000_000, content: '' },
    { path: './etc/x/a.yml', inode: 2, mode: 0o100640, time: 1_700_000_000, content: 'a: 1\n' },
    { path: './usr/bin/x', inode: 3, mode: 0o120777, time: 1_700_000_000, content: '../lib/x' },
  ]);
});
