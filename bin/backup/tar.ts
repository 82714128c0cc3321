/**
 * Writes and reads tar archives as streams, in the ustar format. A size above 8 GiB is written in base 256, as GNU tar does.
 * Source: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html
 */

export interface TarEntry {
  readonly path: string;
  readonly mode: number;
  readonly sizeBytes: number;
  readonly timeSeconds: number;
}

const blockBytes = 512;
const maxNameBytes = 100;
const maxPrefixBytes = 155;
const maxOctalBytes = 8 ** 11 - 1;

/** Returns the header of a regular file. Throws for a path that ustar cannot hold. */
export function renderTarHeader({ path, mode, sizeBytes, timeSeconds }: TarEntry): Buffer {
  const { name, prefix } = splitPath(path);
  const header = Buffer.alloc(blockBytes);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;
  header.write(name, 0);
  header.write(octal(mode, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  if (sizeBytes <= maxOctalBytes) header.write(octal(sizeBytes, 11), 124);
  else header.writeBigUInt64BE(BigInt(sizeBytes), 128).valueOf();
  if (sizeBytes > maxOctalBytes) header[124] = 0x80;
  header.write(octal(timeSeconds, 11), 136);
  header.write(' '.repeat(8), 148);
  header.write('0', 156);
  header.write('ustar\x0000', 257, 'latin1');
  header.write(prefix, 345);
  header.write(`${checksum(header).toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

/** Returns the zeros between the end of a file and the next header. */
export function tarPadding(sizeBytes: number): Buffer {
  return Buffer.alloc((blockBytes - (sizeBytes % blockBytes)) % blockBytes);
}

export const tarEnd: Buffer = Buffer.alloc(2 * blockBytes);

function checksum(header: Buffer): number {
  return header.reduce((total, byte) => total + byte, 0);
}

/** A long path is split at a slash: up to 155 bytes before it, up to 100 bytes after it. */
function splitPath(path: string): { readonly name: string; readonly prefix: string } {
  if (Buffer.byteLength(path) <= maxNameBytes) return { name: path, prefix: '' };
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
    if (Buffer.byteLength(name) <= maxNameBytes && Buffer.byteLength(prefix) <= maxPrefixBytes && name !== '')
      return { name, prefix };
  }
  throw new Error(`the path is too long for tar: ${path}`);
}

export interface ReadEntry extends TarEntry {
  /** The content, which must be read to its end before the next entry. */
  readonly content: AsyncIterable<Buffer>;
}

/** Yields the regular files of an archive. Throws an `Error` where the archive is damaged, or ends before its end marker. */
export async function* readTar(chunks: AsyncIterable<Buffer>): AsyncGenerator<ReadEntry> {
  const source = createByteSource(chunks);
  for (;;) {
    const header = await source.take(blockBytes);
    if (header.every((byte) => byte === 0)) return;
    const entry = parseHeader(header);
    yield { ...entry, content: source.stream(entry.sizeBytes) };
    await source.take(tarPadding(entry.sizeBytes).length);
  }
}

function parseHeader(header: Buffer): TarEntry {
  const text = (from: number, length: number): string =>
    header.toString('utf8', from, from + length).replace(/\0.*$/s, '');
  const number = (from: number, length: number): number => Number.parseInt(text(from, length).trim() || '0', 8);
  const expected = number(148, 8);
  const bare = Buffer.from(header);
  bare.fill(' ', 148, 156);
  if (checksum(bare) !== expected) throw new Error('a header has a wrong checksum');
  if (text(156, 1) !== '0') throw new Error(`${text(0, 100)}: expected a regular file, got type ${text(156, 1)}`);
  const prefix = text(345, 155);
  const isLarge = ((header[124] ?? 0) & 0x80) !== 0;
  return {
    path: prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`,
    mode: number(100, 8),
    sizeBytes: isLarge ? Number(header.readBigUInt64BE(128)) : number(124, 12),
    timeSeconds: number(136, 12),
  };
}

/** Cuts a stream into pieces of given lengths. */
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
