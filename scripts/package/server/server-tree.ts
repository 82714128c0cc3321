/** Collects the files of an installed server: hostpulse, its npm packages, Node, Prometheus, Alertmanager and the agents for hosts. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripSymbols } from '../agent/elf-symbols.ts';
import type { Artefact, Entry } from '../archive/entry.ts';
import { below, readEntries } from '../archive/folder.ts';
import { root } from '../content/release.ts';
import { placesFor, readLock } from '../npm/lock.ts';
import { packageFolder } from '../npm/package-folder.ts';
import { readRuntime, runtimes } from '../npm/runtimes.ts';
import { ensurePrograms, pinnedPackages, type ServerPlatform } from './programs.ts';

/** Returns the places of the npm packages that the server loads. */
export function serverPackages(platform: ServerPlatform): readonly string[] {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const cpu = platform === 'linux-arm64' ? 'arm64' : 'x64';
  const places = placesFor(readLock(), Object.keys(dependencies), { os: 'linux', cpu, libc: 'glibc' });
  return places.filter((place) => !place.startsWith('@types/'));
}

/**
 * Returns the published files of the npm package at their paths, `node_modules` with Node at `.bin/node`, `programs` and `agents`. Throws
 * when dist/ is not built.
 */
export function serverTree(platform: ServerPlatform, agents: readonly Artefact[]): readonly Entry[] {
  return [
    ...publishedFiles(),
    ...serverPackages(platform).flatMap(packageFiles),
    ...nodeFiles(platform),
    ...programFiles(platform),
    ...agents.map(({ file, content }): Entry => ({ path: `agents/${file}`, mode: 0o644, content })),
  ];
}

/** Returns the files that `npm publish` would publish. */
function publishedFiles(): readonly Entry[] {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel=error'];
  const output = execFileSync('npm', args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 });
  const [packed] = JSON.parse(output) as readonly [{ readonly files: readonly { readonly path: string }[] }];
  const entries = packed.files.flatMap(({ path }) => readEntries(root, path));
  if (!entries.some(({ path }) => path === 'dist/bin/hostpulse.js')) throw new Error('dist/ is not built');
  return entries;
}

/** Returns the files of an npm package, without type declarations and source maps, which Node does not load. */
function packageFiles(place: string): readonly Entry[] {
  const isWanted = (path: string): boolean => !/(?:\.d\.[cm]?ts|\.map)$|(?:^|\/)node_modules\//.test(path);
  return below(`node_modules/${place}`, readEntries(packageFolder(place), '', isWanted));
}

function nodeFiles(platform: ServerPlatform): readonly Entry[] {
  const { package: name, executable } = runtimes[platform];
  const runtime = readRuntime(platform);
  return [
    { path: `node_modules/${name}/${executable}`, mode: 0o755, content: stripSymbols(runtime.executable) },
    { path: `node_modules/${name}/LICENSE`, mode: 0o644, content: Buffer.from(runtime.licence) },
    { path: 'node_modules/.bin/node', mode: 0o777, link: `../${name}/${executable}` },
  ];
}

function programFiles(platform: ServerPlatform): readonly Entry[] {
  const folder = ensurePrograms(platform);
  const wanted = pinnedPackages.flatMap(({ name, files }) => [...files, `usr/share/doc/${name}/copyright`]);
  return below(
    'programs',
    wanted.flatMap((path) => readEntries(folder, path)),
  );
}
