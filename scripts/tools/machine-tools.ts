/** Brings systemd-nspawn and debootstrap from Debian packages, for tests on Debian machines. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { unpackDebianPackages } from './debian-packages.ts';
import { isOnPath, toolsDirectory } from './tool-folders.ts';

const folder = join(toolsDirectory, 'machines');
const programs = ['systemd-nspawn', 'debootstrap'];

/** Adds the two programs to PATH; downloads them when they are not installed. Throws when the packages cannot be downloaded. */
export function ensureMachineTools(): void {
  if (programs.every((name) => isOnPath([name]))) return;
  if (!existsSync(join(folder, 'usr', 'bin', 'systemd-nspawn')))
    unpackDebianPackages({
      root: folder,
      alone: ['systemd-container', 'libsystemd-shared', 'debootstrap', 'debian-archive-keyring'],
      whole: [],
    });
  const libraries = ['x86_64', 'aarch64'].map((machine) => join(folder, `usr/lib/${machine}-linux-gnu/systemd`));
  prepend('PATH', [join(folder, 'usr', 'bin'), join(folder, 'usr', 'sbin')]);
  prepend('LD_LIBRARY_PATH', libraries);
  process.env['DEBOOTSTRAP_DIR'] = join(folder, 'usr', 'share', 'debootstrap');
}

function prepend(name: string, folders: readonly string[]): void {
  process.env[name] = [...folders, process.env[name]].filter((each) => each !== undefined).join(delimiter);
}

/** Returns Debian's public keys: those of this machine, else the downloaded ones. */
export function debianKeyring(): string {
  const keyring = 'usr/share/keyrings/debian-archive-keyring.gpg';
  return existsSync(join('/', keyring)) ? join('/', keyring) : join(folder, keyring);
}
