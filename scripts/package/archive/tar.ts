/** Writes tar archives in the ustar format: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html */
import { gzipSync } from 'node:zlib';
import type { Artefact, Entry } from './entry.ts';

const blockBytes = 512;
const maxName = 100;
const maxPrefix = 155;

export interface TarOptions {
  /** The modification time of every entry, in seconds since 1970. */
  readonly timeSeconds: number;
  /** Prepended to every path. */
  readonly prefix?: string;
}

/** Returns the archive `<name>.tar.gz` with the entries in the folder `<name>`. */
export function writeTarGz(name: string, entries: readonly Entry[], timeSeconds: number): Artefact {
  const folder: Entry = { path: '', mode: 0o755 };
  const tar = writeTar([folder, ...entries], { timeSeconds, prefix: `${name}/` });
  return { file: `${name}.tar.gz`, content: gzipSync(tar, { level: 9 }) };
}

/** Returns the archive. Every entry belongs to root; the order is that of the entries. Throws for a path that ustar cannot hold. */
export function writeTar(entries: readonly Entry[], { timeSeconds, prefix = '' }: TarOptions): Buffer {
  const blocks = entries.flatMap((entry) => {
    const { content = Buffer.alloc(0) } = entry;
    const padding = Buffer.alloc(-content.length & (blockBytes - 1));
    return [renderHeader(entry, `${prefix}${entry.path}`, timeSeconds), content, padding];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * blockBytes)]);
}

function renderHeader({ content, mode, link }: Entry, path: string, timeSeconds: number): Buffer {
  const { name, prefix } = splitPath(path);
  const header = Buffer.alloc(blockBytes);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;
  header.write(name, 0);
  header.write(octal(mode, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(content?.length ?? 0, 11), 124);
  header.write(octal(timeSeconds, 11), 136);
  header.write(' '.repeat(8), 148);
  header.write(link !== undefined ? '2' : path.endsWith('/') ? '5' : '0', 156);
  header.write(link ?? '', 157);
  header.write('ustar\x0000', 257, 'latin1');
  header.write('root', 265);
  header.write('root', 297);
  header.write(prefix, 345);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

/** A long path is split at a slash: up to 155 bytes before it, up to 100 bytes after it. */
function splitPath(path: string): { readonly name: string; readonly prefix: string } {
  if (Buffer.byteLength(path) <= maxName) return { name: path, prefix: '' };
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) {
    const name = path.slice(at + 1);
    if (name !== '' && Buffer.byteLength(name) <= maxName && at <= maxPrefix)
      return { name, prefix: path.slice(0, at) };
  }
  throw new Error(`the path is too long for tar: ${path}`);
}
