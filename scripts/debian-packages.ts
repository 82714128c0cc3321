/** Unpacks Debian's packages without root and without installing them. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { toolsDirectory } from './tool-folders.ts';

export interface WantedPackages {
  /** Fetched alone: programs that need no library. */
  readonly alone: readonly string[];
  /** Fetched with whatever they depend on and this system lacks. */
  readonly whole: readonly string[];
}

const downloads = join(toolsDirectory, 'apt');

/** Private lists and cache, and no lock: neither root nor a fresh index of the system is needed. Throws with apt's words. */
export function unpackDebianPackages({ alone, whole }: WantedPackages): void {
  const wanted = [...alone, ...whole].join(', ');
  process.stderr.write(`hostpulse: downloading Debian's ${wanted} into data/tools (once)\n`);
  const cwd = join(downloads, 'packages');
  const archives = join(downloads, 'cache', 'archives');
  // What an earlier call downloaded is unpacked already: unpacking it again would undo what was done to it since.
  for (const folder of [cwd, archives]) rmSync(folder, { recursive: true, force: true });
  for (const folder of [cwd, join(archives, 'partial'), join(downloads, 'lists', 'partial')])
    mkdirSync(folder, { recursive: true });
  const apt = [
    ['Dir::State::lists', join(downloads, 'lists')],
    ['Dir::Cache', join(downloads, 'cache')],
    ['APT::Sandbox::User', 'root'],
    ['Debug::NoLocking', 'true'],
  ].flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  // A source of the host that does not answer fails the update though Debian's own came: the download is the judge.
  spawnSync('apt-get', [...apt, '-qq', 'update'], { cwd, stdio: 'ignore' });
  if (alone.length > 0) run('apt-get', [...apt, '-qq', 'download', ...alone], cwd);
  const resolve = ['-qq', '--yes', '--download-only', '--no-install-recommends', 'install'];
  if (whole.length > 0) run('apt-get', [...apt, ...resolve, ...whole], cwd);
  for (const file of [...packageFiles(cwd), ...packageFiles(archives)])
    run('dpkg-deb', ['-x', file, toolsDirectory], cwd);
  rmSync(archives, { recursive: true });
}

/** Never the C library: one that is not the program loader's own would crash whatever is started with it. */
function packageFiles(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.deb') && !name.startsWith('libc6_'))
    .map((name) => join(folder, name));
}

function run(command: string, args: readonly string[], cwd: string): void {
  const { status, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${stderr}`, { cause: error });
}
