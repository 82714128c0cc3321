/** Removes symbol tables and debug information from ELF executables, for every processor and with the same result everywhere. */

const headerBytes = 64;
const sectionBytes = 64;
const isAllocated = 2n;
const noBits = 8;

interface Section {
  readonly index: number;
  readonly name: string;
  readonly header: Buffer;
  readonly type: number;
  readonly flags: bigint;
  readonly offset: number;
  readonly size: number;
}

/**
 * Returns the executable without the sections that are not loaded into memory. Segments keep their offsets. Throws for a file
 * that is not a little-endian 64-bit ELF file. Source: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
 */
export function stripSymbols(file: Buffer): Buffer {
  const sections = readSections(file);
  const names = sections.find(({ name }) => name === '.shstrtab');
  if (names === undefined) throw new Error('the ELF file has no section .shstrtab');
  const loaded = sections.filter(({ index, flags }) => index === 0 || (flags & isAllocated) !== 0n);
  const end = Math.max(
    headerBytes,
    ...loaded.filter(({ type }) => type !== noBits).map((each) => each.offset + each.size),
  );
  const kept = [...loaded, names];
  const namesOffset = end;
  const headersOffset = Math.ceil((namesOffset + names.size) / 8) * 8;
  const indices = new Map(kept.map(({ index }, at) => [index, at]));
  const output = Buffer.alloc(headersOffset + kept.length * sectionBytes);
  file.copy(output, 0, 0, end);
  file.copy(output, namesOffset, names.offset, names.offset + names.size);
  for (const [at, { index, header }] of kept.entries()) {
    const copied = Buffer.from(header);
    copied.writeUInt32LE(indices.get(header.readUInt32LE(40)) ?? 0, 40);
    if (index === names.index) copied.writeBigUInt64LE(BigInt(namesOffset), 24);
    copied.copy(output, headersOffset + at * sectionBytes);
  }
  output.writeBigUInt64LE(BigInt(headersOffset), 40);
  output.writeUInt16LE(kept.length, 60);
  output.writeUInt16LE(kept.length - 1, 62);
  return output;
}

function readSections(file: Buffer): readonly Section[] {
  if (file.toString('latin1', 0, 6) !== '\x7fELF\x02\x01') throw new Error('not a little-endian 64-bit ELF file');
  const start = Number(file.readBigUInt64LE(40));
  const count = file.readUInt16LE(60);
  const headers = Array.from({ length: count }, (_, index) =>
    file.subarray(start + index * sectionBytes, start + (index + 1) * sectionBytes),
  );
  const offsetOf = (header: Buffer): number => Number(header.readBigUInt64LE(24));
  const names = offsetOf(headers[file.readUInt16LE(62)] as Buffer);
  return headers.map((header, index) => {
    const name = names + header.readUInt32LE(0);
    return {
      index,
      name: file.toString('latin1', name, file.indexOf(0, name)),
      header,
      type: header.readUInt32LE(4),
      flags: header.readBigUInt64LE(8),
      offset: offsetOf(header),
      size: Number(header.readBigUInt64LE(32)),
    };
  });
}
