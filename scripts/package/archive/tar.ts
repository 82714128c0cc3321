/** Writes whole tar archives in the ustar format. */
import { gzipSync } from 'node:zlib';
import { renderTarHeader, tarEnd, tarPadding } from '../../../bin/backup/tar-header.ts';
import type { Artefact, Entry } from './entry.ts';

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

/** Returns the archive, with the entries in the given order. Every entry belongs to root. Throws an `Error` for a path that ustar cannot hold. */
export function writeTar(entries: readonly Entry[], { timeSeconds, prefix = '' }: TarOptions): Buffer {
  const blocks = entries.flatMap(({ path: own, mode, link, content = Buffer.alloc(0) }) => {
    const path = `${prefix}${own}`;
    const type = link !== undefined ? '2' : path.endsWith('/') ? '5' : '0';
    const header = { path, mode, sizeBytes: content.length, timeSeconds, type } as const;
    return [renderTarHeader({ ...header, ...(link !== undefined && { link }) }), content, tarPadding(content.length)];
  });
  return Buffer.concat([...blocks, tarEnd]);
}
