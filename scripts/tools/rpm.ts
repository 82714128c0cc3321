/** Brings the program rpm from Debian packages, for checks of RPM packages. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { unpackDebianPackages } from './debian-packages.ts';
import { toolsDirectory, tryProgramPath } from './tool-folders.ts';

export interface UnpackedProgram {
  readonly command: string;
  /** Variables that the program needs where it was unpacked. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Returns the installed program, or a downloaded one. Throws when the packages cannot be downloaded. */
export function ensureRpm(): UnpackedProgram {
  const installed = tryProgramPath(['rpm']);
  if (installed !== undefined) return { command: installed, environment: {} };
  const root = join(toolsDirectory, 'rpm');
  const command = join(root, 'usr', 'bin', 'rpm');
  if (!existsSync(command)) unpackDebianPackages({ root, alone: [], whole: ['rpm'] });
  const libraries = ['usr/lib', 'lib'].flatMap((lib) =>
    ['x86_64', 'aarch64'].map((machine) => join(root, lib, `${machine}-linux-gnu`)),
  );
  const environment = { LD_LIBRARY_PATH: libraries.join(':'), RPM_CONFIGDIR: join(root, 'usr', 'lib', 'rpm') };
  return { command, environment };
}
