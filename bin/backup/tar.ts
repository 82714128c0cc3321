/** Writes the headers of regular files with paths of any length, and reads tar archives as streams. */
import {
  parseTarHeader,
  renderTarHeader,
  type TarHeader,
  tarBlockBytes,
  tarPadding,
  trySplitPath,
} from './tar-header.ts';

export type TarEntry = Pick<TarHeader, 'path' | 'mode' | 'sizeBytes' | 'timeSeconds'>;

/** Returns the header of a regular file. A path that ustar cannot hold is in a pax header before it. */
export function renderEntryHeader(entry: TarEntry): Buffer {
  if (trySplitPath(entry.path) !== undefined) return renderTarHeader(entry);
  const record = renderPaxRecord('path', entry.path);
  const short = { ...entry, path: 'a-long-path' };
  return Buffer.concat([
    renderTarHeader({ ...short, type: 'x', sizeBytes: record.length }),
    record,
    tarPadding(record.length),
    renderTarHeader(short),
  ]);
}

/** Returns `<length> <key>=<value>\n`. The length counts its own digits. */
function renderPaxRecord(key: string, value: string): Buffer {
  const bare = Buffer.byteLength(` ${key}=${value}\n`);
  let length = bare;
  while (length !== bare + String(length).length) length = bare + String(length).length;
  return Buffer.from(`${length} ${key}=${value}\n`);
}

/** Returns the path of the record that `renderEntryHeader` writes. */
function parsePaxPath(record: Buffer): string {
  const path = /^\d+ path=(.+)\n$/s.exec(record.toString('utf8'))?.[1];
  if (path === undefined) throw new Error('expected a pax header with a path');
  return path;
}

export interface ReadEntry extends TarEntry {
  /** The content, which must be read to its end before the next entry. */
  readonly content: AsyncIterable<Buffer>;
}

/** A damaged size of a pax header must not fill the memory. */
const maxPaxBytes = 2 ** 16;

/**
 * Yields the regular files of an archive. Throws an `Error` for an entry of another type, for a damaged archive, and for an
 * archive without its end marker.
 */
export async function* readTar(chunks: AsyncIterable<Buffer>): AsyncGenerator<ReadEntry> {
  const source = createByteSource(chunks);
  let longPath: string | undefined;
  for (;;) {
    const header = await source.take(tarBlockBytes);
    if (header.every((byte) => byte === 0)) return;
    const { type, path, mode, sizeBytes, timeSeconds } = parseTarHeader(header);
    if (type === 'x' && sizeBytes <= maxPaxBytes) longPath = parsePaxPath(await source.take(sizeBytes));
    else if (type === '0') {
      yield { path: longPath ?? path, mode, sizeBytes, timeSeconds, content: source.stream(sizeBytes) };
      longPath = undefined;
    } else throw new Error(`${path}: expected a regular file, got type ${type}`);
    await source.take(tarPadding(sizeBytes).length);
  }
}

/** Returns a reader that takes pieces of given lengths from a stream. */
function createByteSource(chunks: AsyncIterable<Buffer>) {
  const iterator = chunks[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);

  async function more(): Promise<void> {
    const next = await iterator.next();
    if (next.done === true) throw new Error('the archive ends too early');
    rest = rest.length === 0 ? next.value : Buffer.concat([rest, next.value]);
  }

  return {
    async take(length: number): Promise<Buffer> {
      while (rest.length < length) await more();
      const taken = rest.subarray(0, length);
      rest = rest.subarray(length);
      return taken;
    },
    async *stream(length: number): AsyncGenerator<Buffer> {
      for (let left = length; left > 0; ) {
        if (rest.length === 0) await more();
        const piece = rest.subarray(0, left);
        rest = rest.subarray(piece.length);
        left -= piece.length;
        yield piece;
      }
    },
  };
}
