/** `hostpulse restore`: puts the files of a backup into a data directory, after all of them were verified. */
import { createHash } from 'node:crypto';
import {
  chownSync,
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
} from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import { acquireLock } from '../../stack/data/lock.ts';
import { addExamples } from '../cli/help/examples.ts';
import { runCommand } from '../cli/run-command.ts';
import { print } from '../cli/table.ts';
import { readArchive, syncFolder } from './archive.ts';
import { stateNames } from './contents.ts';
import {
  type BackupFile,
  dataPrefix,
  headName,
  type Manifest,
  manifestName,
  parseHead,
  parseManifest,
} from './manifest.ts';
import { addTargetFlags, findDirectory, type TargetFlags } from './stack-target.ts';

export function run(argv: readonly string[]): Promise<void> {
  return runCommand(createCommand(), argv);
}

interface RestoreFlags extends TargetFlags {
  readonly force?: true;
}

export function createCommand(): Command {
  const command = addTargetFlags(new Command('hostpulse restore'))
    .description('put the files of a backup into the data directory of a stack that does not run')
    .argument('<file>', 'an archive of "hostpulse backup"')
    .option('--force', 'move the present data aside, into before-restore-<time> in the data directory')
    .action(restore);
  return addExamples(
    command,
    ['hostpulse.tar.gz', 'restore into ./data'],
    ['hostpulse.tar.gz --data-dir /var/lib/hostpulse/data --force', 'replace the data of the service'],
  );
}

/**
 * Extracts into a folder in the data directory, verifies every file, and then renames. The lock keeps `hostpulse up` out. If the
 * process dies during the renames, the previous files are in before-restore-<time>, and the command can be run again.
 */
async function restore(file: string, { force, ...flags }: RestoreFlags): Promise<void> {
  const directory = findDirectory(flags);
  const { root } = directory;
  if (!existsSync(file)) throw new Error(`there is no file ${resolve(file)}`);
  const owner = ownerOf(root);
  const created = mkdirSync(root, { recursive: true, mode: 0o700 });
  if (created !== undefined) give(owner, foldersFrom(created, root));
  const lock = acquireLock(directory.lockFile, root);
  const staging = join(root, `.restore-${process.pid}`);
  try {
    clearStagings(root);
    const present = presentState(root);
    if (present.length > 0 && force !== true)
      throw new Error(`${root} is not empty (${present.join(', ')}); --force moves its files aside`);
    const manifest = await extract(file, staging);
    give(owner, [staging, ...listAll(staging)]);
    const aside = moveAside(root, present);
    if (aside !== undefined) give(owner, [aside]);
    for (const name of readdirSync(staging)) renameSync(join(staging, name), join(root, name));
    syncFolder(root);
    print(`${root}: restored ${manifest.files.length} files of ${manifest.createdAt} (hostpulse ${manifest.version})`);
    if (aside !== undefined) print(`the previous files are in ${aside}; remove the folder when the stack works`);
    if (existsSync(join(root, 'hostpulse.yml')))
      print(
        `settings of hostpulse up: ${join(root, 'hostpulse.yml')}; copy the file to its place, such as /etc/hostpulse`,
      );
  } finally {
    rmSync(staging, { recursive: true, force: true });
    lock.release();
  }
}

function presentState(root: string): readonly string[] {
  return readdirSync(root).filter((name) => stateNames.includes(name) || /^hostpulse(?:-queue)?\.db-/.test(name));
}

/** Folders of a restore that was killed. */
function clearStagings(root: string): void {
  for (const name of readdirSync(root))
    if (name.startsWith('.restore-')) rmSync(join(root, name), { recursive: true, force: true });
}

/** Returns the manifest once every file is verified and on the disk. Throws an `Error` that names the damage. */
async function extract(file: string, staging: string): Promise<Manifest> {
  const found = new Map<string, string>();
  let hasHead = false;
  let manifest: Manifest | undefined;
  try {
    for await (const { path, mode, content } of readArchive(file)) {
      if (!hasHead && path !== headName) throw new Error(`the first file is ${path}, not ${headName}`);
      if (path === headName) parseHead(await readText(content));
      else if (path === manifestName) manifest = parseManifest(await readText(content));
      else found.set(path, await writeEntry(join(staging, relativePath(path)), { mode, content }));
      hasHead = true;
    }
  } catch (cause) {
    throw new Error(`${file} cannot be restored`, { cause });
  }
  if (manifest === undefined) throw new Error(`${file} is damaged: it has no manifest`);
  const damaged = listDamaged(manifest.files, found);
  if (damaged.length > 0) throw new Error(`${file} is damaged: ${damaged.slice(0, 5).join(', ')}`);
  return manifest;
}

function listDamaged(files: readonly BackupFile[], found: ReadonlyMap<string, string>): readonly string[] {
  const listed = new Set(files.map(({ path }) => path));
  return [
    ...files.filter(({ path, sha256 }) => found.get(path) !== sha256).map(({ path }) => path),
    ...[...found.keys()].filter((path) => !listed.has(path)),
  ];
}

/** Throws an `Error` for a path that leads out of the data directory. */
function relativePath(path: string): string {
  const steps = path.slice(dataPrefix.length).split('/');
  if (path.startsWith(dataPrefix) && steps.every((step) => !['', '.', '..'].includes(step) && !step.includes(sep)))
    return steps.join(sep);
  throw new Error(`unexpected path ${JSON.stringify(path)}`);
}

interface Entry {
  readonly mode: number;
  readonly content: AsyncIterable<Buffer>;
}

/** Returns the SHA-256 of the file. */
async function writeEntry(place: string, { mode, content }: Entry): Promise<string> {
  mkdirSync(dirname(place), { recursive: true, mode: 0o700 });
  const sum = createHash('sha256');
  async function* hashed(): AsyncGenerator<Buffer> {
    for await (const chunk of content) {
      sum.update(chunk);
      yield chunk;
    }
  }
  await pipeline(Readable.from(hashed()), createWriteStream(place, { flags: 'wx', mode: mode & 0o777, flush: true }));
  return sum.digest('hex');
}

/** The head and the manifest are small; a damaged size must not fill the memory. */
const maxTextBytes = 256 * 2 ** 20;

async function readText(content: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of content) {
    bytes += chunk.length;
    if (bytes > maxTextBytes) throw new Error('the manifest is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

type Owner = Pick<Stats, 'uid' | 'gid'>;

/** Returns the owner of the folder, or of the nearest one above that exists. */
function ownerOf(folder: string): Owner {
  return statSync(folder, { throwIfNoEntry: false }) ?? ownerOf(dirname(folder));
}

/** Root restores for the user of the data directory. */
function give({ uid, gid }: Owner, paths: readonly string[]): void {
  if (process.getuid?.() !== 0) return;
  for (const path of paths) chownSync(path, uid, gid);
}

/** Returns the folder and the folders above it, up to `first`. */
function foldersFrom(first: string, folder: string): readonly string[] {
  return folder === first ? [folder] : [...foldersFrom(first, dirname(folder)), folder];
}

function listAll(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name)));
}

/** Returns the folder that has the present files now; undefined when there are none. */
function moveAside(root: string, present: readonly string[]): string | undefined {
  if (present.length === 0) return undefined;
  const time = new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
  const aside = join(root, `before-restore-${time}`);
  mkdirSync(aside, { mode: 0o700 });
  for (const name of present) renameSync(join(root, name), join(aside, name));
  syncFolder(aside);
  return aside;
}
