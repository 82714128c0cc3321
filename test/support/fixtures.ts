/**
 * Unpacks a case's host files for editing and packs them again:
 * `node test/support/fixtures.ts unpack CASE FOLDER`, `node test/support/fixtures.ts pack FOLDER CASE`.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { archiveName, packFolder, readArchive, unpackArchive } from './fixture-folder.ts';

const usage = `usage: node test/support/fixtures.ts unpack CASE FOLDER   writes the files of CASE/${archiveName} into FOLDER
       node test/support/fixtures.ts pack FOLDER CASE     writes the files of FOLDER into CASE/${archiveName}
`;

const [command, from, to, ...more] = process.argv.slice(2);
try {
  if (from === undefined || to === undefined || more.length > 0) throw new RangeError(usage);
  if (command === 'unpack') unpack(join(from, archiveName), to);
  else if (command === 'pack') pack(from, join(to, archiveName));
  else throw new RangeError(usage);
} catch (error) {
  process.stderr.write(Error.isError(error) ? `${error.message.trimEnd()}\n` : String(error));
  process.exitCode = error instanceof RangeError ? 2 : 1;
}

function unpack(archive: string, folder: string): void {
  if (existsSync(folder) && readdirSync(folder).length > 0) throw new Error(`${folder}: expected an empty folder`);
  unpackArchive(archive, folder);
  process.stdout.write(`${folder}: ${readArchive(archive).length} entries of ${archive}\n`);
}

function pack(folder: string, archive: string): void {
  packFolder(folder, archive);
  process.stdout.write(`${archive}: ${readArchive(archive).length} entries of ${folder}\n`);
}
