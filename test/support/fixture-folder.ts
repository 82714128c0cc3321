/** Unpacks fixture archives into folders and packs folders into archives. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type FixtureEntry, parseArchive, renderArchive } from './fixture-archive.ts';

/** The archive's name in a case folder. */
export const archiveName = 'host.txt';

/** Files beside the archive that collectors read. */
const answersNames = [
  'statfs.json',
  'adjtimex.json',
  'dbus.json',
  'ethtool.json',
  'netlink.json',
  'smart.json',
  'nvidia.json',
];

/**
 * Writes the files, links and empty folders of a case below `folder`, and copies of its recorded results, such as `statfs.json`.
 * A case without an archive has no such files. Throws when a link of the archive exists already.
 */
export function unpackCase(caseFolder: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const archive = join(caseFolder, archiveName);
  if (existsSync(archive)) unpackArchive(archive, folder);
  else if (!existsSync(caseFolder)) throw new Error(`no case ${caseFolder}`);
  for (const name of answersNames)
    if (existsSync(join(caseFolder, name))) copyFileSync(join(caseFolder, name), join(folder, name));
}

/** Writes the archive's entries below `folder`. Throws when one of its links exists already. */
export function unpackArchive(file: string, folder: string): void {
  for (const entry of readArchive(file)) {
    const path = join(folder, entry.path);
    mkdirSync(entry.kind === 'folder' ? path : dirname(path), { recursive: true });
    if (entry.kind === 'file') writeFileSync(path, entry.content);
    if (entry.kind === 'link') symlinkSync(entry.target, path);
  }
}

/** Writes all files, links and empty folders below `folder` into an archive, without modes, times and owners. */
export function packFolder(folder: string, file: string): void {
  const archive = renderArchive(readEntries(folder, ''));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, archive);
}

/** Reads an archive. Errors name the file. */
export function readArchive(file: string): FixtureEntry[] {
  try {
    return parseArchive(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(file)));
  } catch (error) {
    throw new Error(`${file}: ${Error.isError(error) ? error.message : String(error)}`, { cause: error });
  }
}

function readEntries(folder: string, prefix: string): FixtureEntry[] {
  return readdirSync(join(folder, prefix), { withFileTypes: true }).flatMap((entry): FixtureEntry[] => {
    const path = `${prefix}${entry.name}`;
    if (entry.isFile()) return [{ kind: 'file', path, content: readFileSync(join(folder, path)) }];
    if (entry.isSymbolicLink()) return [{ kind: 'link', path, target: readlinkSync(join(folder, path)) }];
    if (!entry.isDirectory()) throw new Error(`${join(folder, path)}: expected a file, a folder or a link`);
    const entries = readEntries(folder, `${path}/`);
    return entries.length > 0 ? entries : [{ kind: 'folder', path }];
  });
}
