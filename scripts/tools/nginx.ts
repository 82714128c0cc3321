/** Brings nginx, from PATH or from its Debian package. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { unpackDebianPackages } from './debian-packages.ts';
import { toolsDirectory, tryProgramPath } from './tool-folders.ts';

/** Returns the path of nginx. Downloads the package into `root` when nginx is neither on PATH, in /usr/sbin nor there. */
export function ensureNginx(root = join(toolsDirectory, 'nginx')): string {
  const unpacked = join(root, 'usr', 'sbin', 'nginx');
  const installed = tryProgramPath(['nginx']) ?? ['/usr/sbin/nginx', unpacked].find((path) => existsSync(path));
  if (installed !== undefined) return installed;
  unpackDebianPackages({ root, alone: ['nginx'], whole: [] });
  return unpacked;
}
