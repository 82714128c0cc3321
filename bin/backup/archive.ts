/** Streams files into a gzip-compressed tar with a manifest, and reads it back. Memory does not grow with the sizes of files. */
import { createHash } from 'node:crypto';
import { closeSync, createReadStream, fsyncSync, openSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGunzip, createGzip } from 'node:zlib';
import { type BackupFile, type BackupHead, headName, manifestName } from './manifest.ts';
import { type ReadEntry, readTar, renderEntryHeader } from './tar.ts';
import { tarEnd, tarPadding } from './tar-header.ts';

export interface SourceFile {
  /** The path in the archive. */
  readonly path: string;
  /** The file to read. */
  readonly file: string;
  /** Default: the file's. */
  readonly mode?: number;
  /** A running stack may delete the file: then the archive lacks it. */
  readonly mayVanish?: boolean;
}

export interface ArchiveOptions {
  /** Created with mode 0600. */
  readonly target: string;
  readonly head: BackupHead;
  readonly files: readonly SourceFile[];
  readonly signal: AbortSignal;
}

/** Writes the archive and syncs it to the disk. A file that grows meanwhile is stored up to its size at the start. */
export async function writeArchive({ target, head, files, signal }: ArchiveOptions): Promise<readonly BackupFile[]> {
  const stored: BackupFile[] = [];
  const timeSeconds = Math.floor(Date.parse(head.createdAt) / 1_000);

  function* memoryFile(path: string, value: unknown): Generator<Buffer> {
    const content = Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`);
    yield renderEntryHeader({ path, mode: 0o600, sizeBytes: content.length, timeSeconds });
    yield content;
    yield tarPadding(content.length);
  }

  async function* diskFile({ path, file, mode: given }: SourceFile, opened: FileHandle): AsyncGenerator<Buffer> {
    const { size: sizeBytes, mode: own, mtimeMs } = await opened.stat();
    const mode = given ?? own & 0o777;
    yield renderEntryHeader({ path, mode, sizeBytes, timeSeconds: Math.floor(mtimeMs / 1_000) });
    const sum = createHash('sha256');
    let readBytes = 0;
    const range = { start: 0, end: sizeBytes - 1, highWaterMark: 2 ** 20, autoClose: false };
    for await (const chunk of sizeBytes === 0 ? [] : opened.createReadStream(range)) {
      sum.update(chunk as Buffer);
      readBytes += (chunk as Buffer).length;
      yield chunk as Buffer;
    }
    if (readBytes !== sizeBytes) throw new Error(`${file} became shorter while it was read`);
    yield tarPadding(sizeBytes);
    stored.push({ path, mode, sizeBytes, sha256: sum.digest('hex') });
  }

  async function* parts(): AsyncGenerator<Buffer> {
    yield* memoryFile(headName, head);
    for (const source of files) {
      const opened = await tryOpen(source);
      if (opened === undefined) continue;
      try {
        yield* diskFile(source, opened);
      } finally {
        await opened.close();
      }
    }
    yield* memoryFile(manifestName, { ...head, files: stored });
    yield tarEnd;
  }

  const handle = await open(target, 'wx', 0o600);
  // Blocks of Prometheus are compressed: a higher level takes more time and saves nothing.
  const gzip = createGzip({ level: constants.Z_BEST_SPEED });
  await pipeline(Readable.from(parts()), gzip, handle.createWriteStream({ autoClose: true, flush: true }), { signal });
  return stored;
}

async function tryOpen({ file, mayVanish = false }: SourceFile): Promise<FileHandle | undefined> {
  try {
    return await open(file);
  } catch (cause) {
    if (mayVanish && (cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw cause;
  }
}

/** Yields the files of an archive. Throws an `Error` for a damaged archive. */
export async function* readArchive(file: string): AsyncGenerator<ReadEntry> {
  const input = createReadStream(file, { highWaterMark: 2 ** 20 });
  const gunzip = createGunzip();
  const piped = pipeline(input, gunzip);
  piped.catch(() => undefined); // the reader gets the error from gunzip
  try {
    yield* readTar(gunzip as AsyncIterable<Buffer>);
    // The end of the stream has the checksum of the whole archive.
    for await (const rest of gunzip as AsyncIterable<Buffer>)
      if (rest.some((byte) => byte !== 0)) throw new Error('there are bytes behind the end of the archive');
    await piped;
  } finally {
    input.destroy();
    gunzip.destroy();
  }
}

/** Makes names that were created or renamed in the folder durable. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return; // a folder cannot be opened there
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
