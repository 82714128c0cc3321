/** Writes zip archives: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT */
import { crc32, deflateRawSync } from 'node:zlib';
import type { Entry } from './entry.ts';

const version = 20;
/** The file names are UTF-8. */
const flags = 0x0800;
const deflate = 8;
/** The mode of an entry is in the upper half of its external attributes. */
const madeByUnix = 3 << 8;

/** Returns the archive; directories are left out. Times have a resolution of two seconds and are UTC. */
export function writeZip(entries: readonly Entry[], timeSeconds: number): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { path, mode, content } of entries) {
    if (content === undefined) continue;
    const name = Buffer.from(path);
    const packed = deflateRawSync(content, { level: 9 });
    const common = Buffer.alloc(26);
    common.writeUInt16LE(version, 0);
    common.writeUInt16LE(flags, 2);
    common.writeUInt16LE(deflate, 4);
    common.writeUInt32LE(dosTime(timeSeconds), 6);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(name.length, 22);
    local.push(Buffer.from('PK\x03\x04', 'latin1'), common, name, packed);
    const more = Buffer.alloc(14);
    more.writeUInt32LE((0o100000 | mode) * 0x10000, 6);
    more.writeUInt32LE(offset, 10);
    const madeBy = Buffer.alloc(2);
    madeBy.writeUInt16LE(madeByUnix | version);
    central.push(Buffer.from('PK\x01\x02', 'latin1'), madeBy, common, more, name);
    offset += 4 + common.length + name.length + packed.length;
  }
  const directory = Buffer.concat(central);
  const count = entries.filter(({ content }) => content !== undefined).length;
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...local, directory, end]);
}

function dosTime(timeSeconds: number): number {
  const at = new Date(timeSeconds * 1000);
  const date = ((at.getUTCFullYear() - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate();
  const time = (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1);
  return date * 0x10000 + time;
}
