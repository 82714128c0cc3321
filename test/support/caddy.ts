/** Unpacks Caddy from its Debian package into data/tools, for the tests of the documented proxies. */
import { join } from 'node:path';
import { ensureUnpacked } from '../../scripts/tools/debian-packages.ts';
import { toolsDirectory, tryProgramPath } from '../../scripts/tools/tool-folders.ts';

/** Returns the path of Caddy. Downloads the package when Caddy is neither installed nor unpacked. Throws when the download fails. */
export function ensureCaddy(): string {
  const installed = tryProgramPath(['caddy']);
  if (installed !== undefined) return installed;
  const folder = join(toolsDirectory, 'caddy');
  ensureUnpacked(folder, { alone: ['caddy'], whole: [] });
  return join(folder, 'usr', 'bin', 'caddy');
}

/** Returns whether Caddy is installed, or can be unpacked from a Debian package. */
export function canHaveCaddy(): boolean {
  return tryProgramPath(['caddy']) !== undefined || tryProgramPath(['apt-get']) !== undefined;
}
