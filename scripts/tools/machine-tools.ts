/** Unpacks systemd-nspawn and debootstrap from Debian packages into data/tools, for tests on Debian machines. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { unpackDebianPackages } from './debian-packages.ts';
import { isOnPath, libraryFolders, toolsDirectory } from './tool-folders.ts';

const folder = join(toolsDirectory, 'machines');
const programs = ['systemd-nspawn', 'debootstrap'];

/** Adds systemd-nspawn and debootstrap to PATH. Downloads both programs once unless both are installed. Throws when the download fails. */
export function ensureMachineTools(): void {
  if (programs.every((name) => isOnPath([name]))) return;
  if (!existsSync(join(folder, 'usr', 'bin', 'systemd-nspawn')))
    unpackDebianPackages({
      root: folder,
      alone: ['systemd-container', 'libsystemd-shared', 'debootstrap', 'debian-archive-keyring'],
      whole: [],
    });
  prepend('PATH', [join(folder, 'usr', 'bin'), join(folder, 'usr', 'sbin')]);
  prepend(
    'LD_LIBRARY_PATH',
    libraryFolders(folder).map((libraries) => join(libraries, 'systemd')),
  );
  process.env['DEBOOTSTRAP_DIR'] = join(folder, 'usr', 'share', 'debootstrap');
}

function prepend(name: string, folders: readonly string[]): void {
  process.env[name] = [...folders, process.env[name]].filter((each) => each !== undefined).join(delimiter);
}

/** Returns the path of the keyring with Debian's public keys. Prefers the installed keyring over the downloaded keyring. */
export function debianKeyring(): string {
  const keyring = 'usr/share/keyrings/debian-archive-keyring.gpg';
  return existsSync(join('/', keyring)) ? join('/', keyring) : join(folder, keyring);
}
