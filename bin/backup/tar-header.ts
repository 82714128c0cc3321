/**
 * Headers of tar archives in the ustar format. A size above 8 GiB is written in base 256, as GNU tar does.
 * Source: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html
 */

/** The field `typeflag`: a regular file, a symbolic link, a directory, or a pax header for the next entry. */
export type TarType = '0' | '2' | '5' | 'x';

export interface TarHeader {
  readonly path: string;
  readonly mode: number;
  readonly sizeBytes: number;
  /** The modification time, in seconds since 1970. */
  readonly timeSeconds: number;
  /** Default: a regular file. */
  readonly type?: TarType;
  /** The target of a symbolic link. */
  readonly link?: string;
}

export const tarBlockBytes = 512;
const maxNameBytes = 100;
const maxPrefixBytes = 155;
const maxOctalBytes = 8 ** 11 - 1;

/** Returns the header of an entry that belongs to root. Throws an `Error` for a path that ustar cannot hold. */
export function renderTarHeader({ path, mode, sizeBytes, timeSeconds, type = '0', link = '' }: TarHeader): Buffer {
  const parts = trySplitPath(path);
  if (parts === undefined) throw new Error(`the path is too long for tar: ${path}`);
  const header = Buffer.alloc(tarBlockBytes);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;
  header.write(parts.name, 0);
  header.write(octal(mode, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  if (sizeBytes <= maxOctalBytes) header.write(octal(sizeBytes, 11), 124);
  else {
    header[124] = 0x80;
    header.writeBigUInt64BE(BigInt(sizeBytes), 128);
  }
  header.write(octal(timeSeconds, 11), 136);
  header.write(' '.repeat(8), 148);
  header.write(type, 156);
  header.write(link, 157);
  header.write('ustar\x0000', 257, 'latin1');
  header.write('root', 265);
  header.write('root', 297);
  header.write(parts.prefix, 345);
  header.write(`${checksumOf(header).toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

/** Throws an `Error` for a wrong checksum. Returns an unknown `type` as the archive has it. */
export function parseTarHeader(header: Buffer): Omit<TarHeader, 'type'> & { readonly type: string } {
  const text = (from: number, length: number): string =>
    header.toString('utf8', from, from + length).replace(/\0.*$/s, '');
  const number = (from: number, length: number): number => Number.parseInt(text(from, length).trim() || '0', 8);
  const bare = Buffer.from(header);
  bare.fill(' ', 148, 156);
  if (checksumOf(bare) !== number(148, 8)) throw new Error('a header has a wrong checksum');
  const prefix = text(345, 155);
  const isLarge = ((header[124] ?? 0) & 0x80) !== 0;
  return {
    path: prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`,
    mode: number(100, 8),
    sizeBytes: isLarge ? Number(header.readBigUInt64BE(128)) : number(124, 12),
    timeSeconds: number(136, 12),
    type: text(156, 1),
  };
}

/** Returns the zeros between the end of a file and the next header. */
export function tarPadding(sizeBytes: number): Buffer {
  return Buffer.alloc((tarBlockBytes - (sizeBytes % tarBlockBytes)) % tarBlockBytes);
}

/** The end marker of an archive. */
export const tarEnd: Buffer = Buffer.alloc(2 * tarBlockBytes);

function checksumOf(header: Buffer): number {
  return header.reduce((total, byte) => total + byte, 0);
}

/**
 * Splits a path of more than 100 bytes at a slash: up to 155 bytes before the slash, up to 100 bytes after it. Returns undefined
 * for a path that has no such slash.
 */
export function trySplitPath(path: string): { readonly name: string; readonly prefix: string } | undefined {
  if (Buffer.byteLength(path) <= maxNameBytes) return { name: path, prefix: '' };
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
    if (Buffer.byteLength(name) <= maxNameBytes && Buffer.byteLength(prefix) <= maxPrefixBytes && name !== '')
      return { name, prefix };
  }
  return undefined;
}
