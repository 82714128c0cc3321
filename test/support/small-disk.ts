/** A file system of a few megabytes, to fill up. Mounting takes root. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';

/** Mounts a file system of that size for the time of `use`. */
export async function onSmallDisk(sizeMiB: number, use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'hostpulse-small-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMiB}m`, 'tmpfs', folder]);
  try {
    await use(folder);
  } finally {
    execFileSync('umount', [folder]);
    rmSync(folder, { recursive: true });
  }
}

/** Appends to the file until no byte more fits on the disk. */
export function fillDisk(path: string): void {
  for (const bytes of [2 ** 20, 4_096])
    expect(() => {
      for (;;) appendFileSync(path, Buffer.alloc(bytes));
    }).toThrow('ENOSPC');
}
