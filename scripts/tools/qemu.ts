/** Unpacks QEMU for arm64 programs, and the arm64 libraries that the agent loads, from Debian packages into data/tools. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { unpackDebianPackages } from './debian-packages.ts';
import { toolsDirectory, tryProgramPath } from './tool-folders.ts';

/** The root of the arm64 libraries. */
export const arm64Libraries = join(toolsDirectory, 'arm64');

/** Returns the path of `qemu-aarch64-static`. Throws when the packages cannot be downloaded. */
export function ensureQemu(): string {
  const unpacked = join(toolsDirectory, 'qemu');
  const program = join(unpacked, 'usr', 'bin', 'qemu-aarch64-static');
  const installed = tryProgramPath(['qemu-aarch64-static', 'qemu-aarch64']);
  if (installed === undefined && !existsSync(program))
    unpackDebianPackages({ root: unpacked, alone: ['qemu-user-static'], whole: [] });
  if (!existsSync(join(arm64Libraries, 'lib', 'ld-linux-aarch64.so.1')))
    unpackDebianPackages({
      root: arm64Libraries,
      architecture: 'arm64',
      alone: ['libc6', 'libgcc-s1', 'libstdc++6', 'libatomic1'],
      whole: [],
      withLibc: true,
    });
  return installed ?? program;
}
