/** Mounts and fills small file systems. Mounting needs root. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';

/** Mounts a file system of the size, calls `use` with its folder, and unmounts the file system. */
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

/** Appends to the file until the disk is full, first in blocks of 1 MiB, then in blocks of 4 KiB. */
export function fillDisk(path: string): void {
  for (const bytes of [2 ** 20, 4_096])
    expect(() => {
      for (;;) appendFileSync(path, Buffer.alloc(bytes));
    }).toThrow('ENOSPC');
}
