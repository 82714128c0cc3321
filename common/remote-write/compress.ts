/**
 * Writes snappy's block format with memory that is used again and again, four bytes at a time: for whoever writes a block a
 * push. Any reader of the format reads it.
 * Source: https://github.com/google/snappy/blob/main/format_description.txt
 */

export interface BlockWriter {
  /** The block, in memory of its own. */
  compress(bytes: Uint8Array): Uint8Array;
}

const tableBits = 14;
/** Up to this much memory is kept from block to block. */
const maxKeptBytes = 2 ** 20;
/** Copies name how far back they reach in two bytes. */
const maxOffset = 0xffff;
/** After so many places without a repetition the steps between those that are tried grow. */
const patience = 32;

export function createBlockWriter(): BlockWriter {
  /** By a hash of four bytes, where they stood last. */
  const table = new Int32Array(1 << tableBits);
  let out = new Uint8Array(64 * 1024);
  let length = 0;

  function writeLength(value: number): void {
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) out[length++] = (rest % 0x80) | 0x80;
    out[length++] = rest;
  }

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

  /** Of at least four bytes, in steps of at most 64, none of which leaves fewer than four. */
  function writeCopy(offset: number, count: number): void {
    let rest = count;
    while (rest >= 68) {
      writeFar(offset, 64);
      rest -= 64;
    }
    if (rest > 64) {
      writeFar(offset, 60);
      rest -= 60;
    }
    if (rest < 12 && offset < 2_048) {
      out[length++] = 1 | ((rest - 4) << 2) | ((offset >> 8) << 5);
      out[length++] = offset & 0xff;
    } else writeFar(offset, rest);
  }

  function writeFar(offset: number, count: number): void {
    out[length++] = 2 | ((count - 1) << 2);
    out[length++] = offset & 0xff;
    out[length++] = offset >> 8;
  }

  function writeElements(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    /** Behind it there are no four bytes to read. */
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
      // The most that the format can need: everything as literals, a byte more in six.
      const most = 32 + bytes.length + Math.ceil(bytes.length / 6);
      if (out.length < most) out = new Uint8Array(most);
      length = 0;
      writeLength(bytes.length);
      writeElements(bytes);
      const block = out.slice(0, length);
      if (out.length > maxKeptBytes) out = new Uint8Array(64 * 1024);
      return block;
    },
  };
}
