/** Writes cpio archives in the new ASCII format (newc), the format of the payload of RPM packages. Source: cpio(5) */
import { type Entry, fileMode } from './entry.ts';

const magic = '070701';

/** Returns the archive. Paths begin with `./`; every entry belongs to root; inodes are the positions of the entries. */
export function writeCpio(entries: readonly Entry[], timeSeconds: number): Buffer {
  const parts = entries.flatMap((entry, at) => {
    const content = entry.link === undefined ? (entry.content ?? Buffer.alloc(0)) : Buffer.from(entry.link);
    const path = `./${entry.path.replace(/\/$/, '')}`;
    return render({ path, inode: at + 1, mode: fileMode(entry), timeSeconds, content });
  });
  const trailer = { path: 'TRAILER!!!', inode: 0, mode: 0, timeSeconds: 0, content: Buffer.alloc(0) };
  return Buffer.concat([...parts, ...render(trailer)]);
}

interface Member {
  readonly path: string;
  readonly inode: number;
  readonly mode: number;
  readonly timeSeconds: number;
  readonly content: Buffer;
}

function render({ path, inode, mode, timeSeconds, content }: Member): readonly Buffer[] {
  const name = Buffer.from(`${path}\0`);
  const [user, group, links, device, check] = [0, 0, 1, 0, 0];
  const fields = [inode, mode, user, group, links, timeSeconds, content.length];
  const numbers = [...fields, device, device, device, device, name.length, check];
  const header = Buffer.from(`${magic}${numbers.map((value) => value.toString(16).padStart(8, '0')).join('')}`);
  return [header, name, padding(header.length + name.length), content, padding(content.length)];
}

function padding(length: number): Buffer {
  return Buffer.alloc(-length & 3);
}
