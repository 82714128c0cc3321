/** Unpacks the program rpm from Debian packages into data/tools, for checks of RPM packages. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { unpackDebianPackages } from './debian-packages.ts';
import { libraryFolders, toolsDirectory, tryProgramPath } from './tool-folders.ts';

export interface UnpackedProgram {
  readonly command: string;
  /** Environment variables that the program needs when it is unpacked and not installed. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Returns the installed rpm, or downloads rpm once. Throws when the download fails. */
export function ensureRpm(): UnpackedProgram {
  const installed = tryProgramPath(['rpm']);
  if (installed !== undefined) return { command: installed, environment: {} };
  const root = join(toolsDirectory, 'rpm');
  const command = join(root, 'usr', 'bin', 'rpm');
  if (!existsSync(command)) unpackDebianPackages({ root, alone: [], whole: ['rpm'] });
  const environment = {
    LD_LIBRARY_PATH: libraryFolders(root).join(':'),
    RPM_CONFIGDIR: join(root, 'usr', 'lib', 'rpm'),
  };
  return { command, environment };
}
