/**
 * Snappy's block format, in which remote write sends every request; the framed format is a different one.
 * Source: https://github.com/google/snappy/blob/main/format_description.txt
 */
import { readVarint, varintEnd, writeVarint } from '../protobuf/varint.ts';

/** Compresses blocks one after the other and reuses memory between them. */
export interface BlockWriter {
  /** Returns the block as a new array. */
  compress(bytes: Uint8Array): Uint8Array;
}

/** Uncompresses blocks one after the other and reuses memory between them. */
export interface BlockReader {
  /**
   * Returns a view of the reader's memory, which the next call overwrites. Throws a `BlockTooLargeError` before allocating
   * when the block declares more than `maxBytes`, and an `Error` when the block is malformed.
   */
  uncompress(block: Uint8Array, limit: BlockLimit): Uint8Array;
}

export interface BlockLimit {
  readonly maxBytes: number;
}

/** The block declares more uncompressed bytes than allowed: seven bytes can declare a gigabyte. */
export class BlockTooLargeError extends Error {
  constructor(length: number, maxBytes: number) {
    super(`uncompressed length: expected at most ${maxBytes} bytes, got ${length}`);
    this.name = 'BlockTooLargeError';
  }
}

/** Compresses one block; a `BlockWriter` is cheaper for many. */
export function compressBlock(bytes: Uint8Array): Uint8Array {
  return createBlockWriter().compress(bytes);
}

/** Uncompresses one block; a `BlockReader` is cheaper for many. Throws as `BlockReader.uncompress` does. */
export function uncompressBlock(block: Uint8Array, limit: BlockLimit): Uint8Array {
  return createBlockReader().uncompress(block, limit);
}

export interface BlockLength {
  /** Bytes of the uncompressed contents. */
  readonly length: number;
  /** Offset of the first element. */
  readonly start: number;
}

const maxLengthBytes = 5;

/** Reads the uncompressed length, a varint of at most 32 bits, from the start of a block. Throws when there is none. */
export function readBlockLength(block: Uint8Array): BlockLength {
  const start = varintEnd(block, 0, Math.min(block.length, maxLengthBytes));
  const length = readVarint(block, 0, start);
  if (start === 0 || length > 0xffff_ffff) throw malformed();
  return { length, start };
}

/**
 * Returns one block with the contents of all blocks in order. Copies reach backwards within their own block, so elements
 * keep their meaning behind those of another block. Joined remote-write requests are one request, because repeated protobuf
 * fields add up. Throws when a block has no length; the elements are not checked.
 */
export function joinBlocks(blocks: readonly Uint8Array[]): Uint8Array {
  const prefix = new Uint8Array(2 * maxLengthBytes);
  const parts: Uint8Array[] = [prefix];
  let total = 0;
  for (const block of blocks) {
    const { length, start } = readBlockLength(block);
    total += length;
    parts.push(block.subarray(start));
  }
  parts[0] = prefix.subarray(0, writeVarint(prefix, 0, total));
  return Buffer.concat(parts);
}

function malformed(): Error {
  return new Error('not a whole block of snappy');
}

/** Memory that readers and writers start with. */
const firstBytes = 64 * 1024;

const tableBits = 14;
/** A writer keeps at most this much memory between blocks. */
const maxWriterBytes = 256 * 1024;
/** The longest distance of a copy with a two-byte offset. */
const maxOffset = 0xffff;
/** The number of misses after which the search skips positions. */
const patience = 32;

export function createBlockWriter(): BlockWriter {
  /** The last position of each hash of four bytes. */
  const table = new Int32Array(1 << tableBits);
  let out = new Uint8Array(firstBytes);
  let length = 0;

  function writeLiteral(bytes: Uint8Array, start: number, end: number): void {
    const last = end - start - 1;
    if (last < 0) return;
    if (last < 60) out[length++] = last << 2;
    else {
      const count = last < 0x100 ? 1 : last < 0x1_0000 ? 2 : last < 0x100_0000 ? 3 : 4;
      out[length++] = (59 + count) << 2;
      for (let at = 0; at < count; at++) out[length++] = (last >>> (8 * at)) & 0xff;
    }
    if (last < 32) for (let at = start; at < end; at++) out[length++] = bytes[at] as number;
    else {
      out.set(bytes.subarray(start, end), length);
      length += end - start;
    }
  }

  /** Writes a copy of `count` >= 4 bytes as elements of 4 to 64 bytes. */
  function writeCopy(offset: number, count: number): void {
    let rest = count;
    for (; rest >= 68; rest -= 64) writeFarCopy(offset, 64);
    if (rest > 64) {
      writeFarCopy(offset, 60);
      rest -= 60;
    }
    if (rest < 12 && offset < 2_048) {
      out[length++] = 1 | ((rest - 4) << 2) | ((offset >> 8) << 5);
      out[length++] = offset & 0xff;
    } else writeFarCopy(offset, rest);
  }

  function writeFarCopy(offset: number, count: number): void {
    out[length++] = 2 | ((count - 1) << 2);
    out[length++] = offset & 0xff;
    out[length++] = offset >> 8;
  }

  function writeElements(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    /** The last position with four bytes to read. */
    const limit = bytes.length - 4;
    let [at, literalStart, misses] = [1, 0, patience];
    table.fill(0);
    while (at <= limit) {
      const word = view.getInt32(at);
      const slot = Math.imul(word, 0x1e35_a7bd) >>> (32 - tableBits);
      const before = table[slot] as number;
      table[slot] = at;
      if (at - before > maxOffset || view.getInt32(before) !== word) {
        at += misses++ >> 5;
        continue;
      }
      const offset = at - before;
      let end = at + 4;
      while (end <= limit && view.getInt32(end) === view.getInt32(end - offset)) end += 4;
      while (end < bytes.length && bytes[end] === bytes[end - offset]) end += 1;
      writeLiteral(bytes, literalStart, at);
      writeCopy(offset, end - at);
      at = end;
      literalStart = end;
      misses = patience;
    }
    writeLiteral(bytes, literalStart, bytes.length);
  }

  return {
    compress(bytes) {
      // The format's worst case: literals only, which add one byte in six at most.
      const most = 32 + bytes.length + Math.ceil(bytes.length / 6);
      if (out.length < most) out = new Uint8Array(most);
      length = writeVarint(out, 0, bytes.length);
      writeElements(bytes);
      const block = out.slice(0, length);
      if (out.length > maxWriterBytes) out = new Uint8Array(firstBytes);
      return block;
    },
  };
}

/** The densest element is a copy of 64 bytes in three: no block declares more, and none makes the reader allocate more. */
export const maxExpansion = 22;

/** A reader keeps at most this much memory between blocks. */
const maxReaderBytes = 2 ** 20;
/** Copying four bytes at a time may write this far beyond the contents. */
const slack = 4;

export function createBlockReader(): BlockReader {
  let kept = new Uint8Array(firstBytes);
  let keptView = new DataView(kept.buffer);

  return {
    uncompress(block, { maxBytes }) {
      const { length, start } = readBlockLength(block);
      if (length > maxBytes) throw new BlockTooLargeError(length, maxBytes);
      if (length > maxExpansion * block.length) throw malformed();
      let [out, view] = [kept, keptView];
      if (length + slack > out.length) {
        out = new Uint8Array(length + slack);
        view = new DataView(out.buffer);
        if (out.length <= maxReaderBytes) [kept, keptView] = [out, view];
      }
      if (copyElements(block, start, view, length) !== length) throw malformed();
      return out.subarray(0, length);
    },
  };
}

/** Writes the contents of all literals and copies to `to` and returns their length. Throws when an element does not fit. */
function copyElements(block: Uint8Array, start: number, to: DataView, length: number): number {
  const from = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const end = block.length;
  let at = start;
  let out = 0;
  while (at < end) {
    const tag = block[at++] as number;
    if ((tag & 3) === 0) {
      let count = (tag >> 2) + 1;
      if (count > 60) {
        const bytes = count - 60;
        if (at + bytes > end) throw malformed();
        count = 1;
        for (let index = 0; index < bytes; index++) count += (block[at + index] as number) * 2 ** (8 * index);
        at += bytes;
      }
      if (at + count > end || out + count > length) throw malformed();
      // Four bytes at a time while reading beyond the literal stays inside the block.
      const whole = at + count + slack <= end ? count : count & ~3;
      let index = 0;
      for (; index < whole; index += 4) to.setInt32(out + index, from.getInt32(at + index));
      for (; index < count; index++) to.setUint8(out + index, from.getUint8(at + index));
      at += count;
      out += count;
    } else {
      const extra = (tag & 3) === 3 ? 4 : tag & 3;
      if (at + extra > end) throw malformed();
      const low = block[at] as number;
      let count = (tag >> 2) + 1;
      let offset = low | ((tag >> 5) << 8);
      if (extra === 1) count = ((tag >> 2) & 7) + 4;
      else offset = extra === 2 ? from.getUint16(at, true) : from.getUint32(at, true);
      at += extra;
      if (offset === 0 || offset > out || out + count > length) throw malformed();
      // A copy may overlap its own output: byte by byte when the distance is below four.
      if (offset >= 4)
        for (let index = 0; index < count; index += 4) to.setInt32(out + index, to.getInt32(out + index - offset));
      else for (let index = 0; index < count; index++) to.setUint8(out + index, to.getUint8(out + index - offset));
      out += count;
    }
  }
  return out;
}
