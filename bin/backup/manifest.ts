/** The head of a backup, its first file, and the manifest, its last file, which has the size and SHA-256 of every other file. */

/** The version of the archive's layout. `restore` refuses a higher number. */
export const backupFormat = 1;

/** The first file of the archive, so that `restore` knows the format before it reads the other files. */
export const headName = 'hostpulse-backup.json';
export const manifestName = 'manifest.json';
/** Files of the data directory are below this folder. */
export const dataPrefix = 'data/';

export interface BackupHead {
  readonly format: number;
  /** The version of hostpulse that made the backup. */
  readonly version: string;
  readonly createdAt: string;
}

export interface BackupFile {
  /** `data/...` */
  readonly path: string;
  readonly mode: number;
  readonly sizeBytes: number;
  readonly sha256: string;
}

export interface Manifest extends BackupHead {
  readonly files: readonly BackupFile[];
}

/** Throws an `Error` for a file that is no backup, and for a newer format: the error names the version of hostpulse to use. */
export function parseHead(text: string): BackupHead {
  return checkHead(parseObject(text, headName), headName);
}

function checkHead({ format, version, createdAt }: Partial<BackupHead>, name: string): BackupHead {
  if (typeof format !== 'number' || typeof version !== 'string' || typeof createdAt !== 'string')
    throw new Error(`${name}: expected format, version and createdAt`);
  if (format > backupFormat)
    throw new Error(
      `the backup has format ${format}, and this is hostpulse with format ${backupFormat}; restore it with hostpulse ${version} or later`,
    );
  return { format, version, createdAt };
}

export function parseManifest(text: string): Manifest {
  const { files, ...head } = parseObject(text, manifestName) as Partial<Manifest>;
  if (!Array.isArray(files)) throw new Error(`${manifestName}: expected a list of files`);
  return { ...checkHead(head, manifestName), files: files as readonly BackupFile[] };
}

function parseObject(text: string, name: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Error(`${name}: expected JSON`, { cause });
  }
  if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>;
  throw new Error(`${name}: expected an object`);
}
