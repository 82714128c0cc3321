/** Downloads and unpacks Debian packages without root and without installing them. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createCompleteFolder } from './tool-folders.ts';

export interface WantedPackages {
  /** The folder to unpack into; package lists and downloads go into its subfolder `apt`. */
  readonly root: string;
  /** A Debian suite such as `trixie`. Absent: the sources of this machine. */
  readonly suite?: string;
  /** True when the caller verifies checksums: apt then accepts a suite whose key this machine does not have. */
  readonly isPinned?: boolean;
  /** Debian's name for a processor architecture, such as `arm64`. Absent: the architecture of this machine. */
  readonly architecture?: string;
  /** Packages without their dependencies: programs that need no library. */
  readonly alone: readonly string[];
  /** Packages with the dependencies that this system lacks. */
  readonly whole: readonly string[];
  /** Also unpacks the C library, for a root that contains the program loader of the same version. */
  readonly withLibc?: true;
}

/**
 * Downloads packages and unpacks them below `root`. Uses separate package lists and a separate cache and takes no lock, so that
 * apt needs no root privileges. Skips the C library by default: programs crash with a C library that does not match the program
 * loader of this machine. Throws an Error with the message of apt.
 */
export function unpackDebianPackages(wantedPackages: WantedPackages): void {
  const { root, suite, isPinned = false, architecture, alone, whole, withLibc } = wantedPackages;
  const wanted = [...alone, ...whole].join(', ');
  const from = suite === undefined ? '' : ` of ${suite}`;
  process.stderr.write(`hostpulse: downloading Debian's ${wanted}${from} into ${root} (once)\n`);
  const downloads = join(root, 'apt');
  const cwd = join(downloads, 'packages');
  const archives = join(downloads, 'cache', 'archives');
  // Packages of an earlier call are unpacked already. Unpacking again would undo the relocation of their programs.
  for (const folder of [cwd, archives]) rmSync(folder, { recursive: true, force: true });
  for (const folder of [cwd, join(archives, 'partial'), join(downloads, 'lists', 'partial')])
    mkdirSync(folder, { recursive: true });
  const apt = [
    ['Dir::State::lists', join(downloads, 'lists')],
    ['Dir::Cache', join(downloads, 'cache')],
    ['APT::Sandbox::User', 'root'],
    ['Debug::NoLocking', 'true'],
    ...(suite === undefined ? [] : suiteSources(downloads, { suite, isPinned })),
    ...(architecture === undefined
      ? []
      : [
          ['APT::Architecture', architecture],
          ['APT::Architectures', architecture],
        ]),
  ].flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  // The update fails when one of the host's sources does not answer. The download shows whether Debian's lists arrived.
  spawnSync('apt-get', [...apt, '-qq', 'update'], { cwd, stdio: 'ignore' });
  if (alone.length > 0) run('apt-get', [...apt, '-qq', 'download', ...alone], cwd);
  const resolve = ['-qq', '--yes', '--download-only', '--no-install-recommends', 'install'];
  if (whole.length > 0) run('apt-get', [...apt, ...resolve, ...whole], cwd);
  const isUnpacked = (file: string): boolean => withLibc === true || !basename(file).startsWith('libc6_');
  for (const file of [...packageFiles(cwd), ...packageFiles(archives)].filter(isUnpacked))
    run('dpkg-deb', ['-x', file, root], cwd);
  rmSync(archives, { recursive: true });
}

/**
 * Unpacks packages into the folder, as `unpackDebianPackages` does, unless the folder exists. Calls `finish` with the incomplete folder
 * before the folder appears at its path. Does not keep the downloads.
 */
export function ensureUnpacked(
  folder: string,
  packages: Omit<WantedPackages, 'root'>,
  finish?: (incomplete: string) => void,
): void {
  createCompleteFolder(folder, (incomplete) => {
    unpackDebianPackages({ root: incomplete, ...packages });
    rmSync(join(incomplete, 'apt'), { recursive: true });
    finish?.(incomplete);
  });
}

/** Writes a source list with only the suite, from the mirror of this machine. Returns the settings that select the list. */
function suiteSources(
  folder: string,
  { suite, isPinned }: { readonly suite: string; readonly isPinned: boolean },
): readonly (readonly [string, string])[] {
  const list = join(folder, 'sources.list');
  writeFileSync(list, `deb ${isPinned ? '[trusted=yes] ' : ''}${debianMirror()} ${suite} main\n`);
  return [
    ['Dir::Etc::sourcelist', list],
    ['Dir::Etc::sourceparts', '/dev/null'],
    ['Dir::Etc::preferences', '/dev/null'],
    ['Dir::Etc::preferencesparts', '/dev/null'],
    ['APT::Default-Release', suite],
  ];
}

function debianMirror(): string {
  const { stdout } = spawnSync('apt-get', ['--print-uris', 'update'], { encoding: 'utf8' });
  return /^'(\S+\/debian)\/dists\/[^/']+\/InRelease'/m.exec(stdout)?.[1] ?? 'http://deb.debian.org/debian';
}

function packageFiles(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.deb'))
    .map((name) => join(folder, name));
}

function run(command: string, args: readonly string[], cwd: string): void {
  const { status, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${stderr}`, { cause: error });
}
