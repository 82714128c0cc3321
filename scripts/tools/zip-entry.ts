/** Reads a file from a ZIP archive. */
import { inflateRawSync } from 'node:zlib';

const endSignature = 0x06054b50;
const directorySignature = 0x02014b50;
const stored = 0;
const deflated = 8;

/** Returns the content of the entry. Throws when the entry is missing, or is neither stored nor compressed by DEFLATE. */
export function readZipEntry(archive: Buffer, name: string): Buffer {
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0 || archive.readUInt32LE(end) !== endSignature)
    throw new Error('not a ZIP archive: it has no end-of-central-directory record');
  let at = archive.readUInt32LE(end + 16);
  while (archive.readUInt32LE(at) === directorySignature) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) =>
      archive.readUInt16LE(at + offset),
    ) as [number, number, number];
    if (archive.toString('utf8', at + 46, at + 46 + nameLength) === name) {
      const method = archive.readUInt16LE(at + 10);
      const size = archive.readUInt32LE(at + 20);
      const local = archive.readUInt32LE(at + 42);
      const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
      const content = archive.subarray(start, start + size);
      if (method === deflated) return inflateRawSync(content);
      if (method === stored) return Buffer.from(content);
      throw new Error(`${name}: compressed by method ${method}, expected 8 (DEFLATE) or 0`);
    }
    at += 46 + nameLength + extraLength + commentLength;
  }
  throw new Error(`the ZIP archive has no ${name}`);
}
