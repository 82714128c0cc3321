/**
 * Reads snappy's block format into memory that is used again and again. (snappyjs copies byte by byte into new memory: half
 * as fast, and a receiver of pushes reads a block a push.)
 * Source: https://github.com/google/snappy/blob/main/format_description.txt
 */

import { readBlockLength, torn } from './block-length.ts';

export interface BlockReader {
  /** The bytes are the reader's and change with the next block. Throws when the block is torn or declares more than `maxBytes`. */
  uncompress(block: Uint8Array, limit: { readonly maxBytes: number }): Uint8Array;
}

/** Up to this much memory is kept from block to block. */
const maxKeptBytes = 2 ** 20;
/** Copies run over the end of what they copy by so much at most. */
const slack = 4;

export function createBlockReader(): BlockReader {
  let kept = new Uint8Array(64 * 1024);
  let keptView = new DataView(kept.buffer);

  return {
    uncompress(block, { maxBytes }) {
      const { length, start } = readBlockLength(block);
      if (length > maxBytes)
        throw new Error(`the uncompressed length of ${length} is too big, expected at most ${maxBytes}`);
      let [out, view] = [kept, keptView];
      if (length + slack > out.length) {
        out = new Uint8Array(length + slack);
        view = new DataView(out.buffer);
        if (out.length <= maxKeptBytes) [kept, keptView] = [out, view];
      }
      const written = copyElements(block, start, view, length);
      if (written !== length) throw torn();
      return out.subarray(0, length);
    },
  };
}

/** Literals and copies, one after the other; answers how many bytes they gave. Throws where one does not fit. */
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
        if (at + bytes > end) throw torn();
        count = 1;
        for (let index = 0; index < bytes; index++) count += (block[at + index] as number) * 2 ** (8 * index);
        at += bytes;
      }
      if (at + count > end || out + count > length) throw torn();
      // Four bytes at a time, where reading beyond the literal stays inside the block.
      const whole = at + count + slack <= end ? count : count & ~3;
      let index = 0;
      for (; index < whole; index += 4) to.setInt32(out + index, from.getInt32(at + index));
      for (; index < count; index++) to.setUint8(out + index, from.getUint8(at + index));
      at += count;
      out += count;
    } else {
      const extra = (tag & 3) === 3 ? 4 : tag & 3;
      if (at + extra > end) throw torn();
      const low = block[at] as number;
      let count = (tag >> 2) + 1;
      let offset = low | ((tag >> 5) << 8);
      if (extra === 1) count = ((tag >> 2) & 7) + 4;
      else offset = extra === 2 ? from.getUint16(at, true) : from.getUint32(at, true);
      at += extra;
      if (offset === 0 || offset > out || out + count > length) throw torn();
      // What is copied may reach into what it writes: one byte at a time where it is closer than four.
      if (offset >= 4)
        for (let index = 0; index < count; index += 4) to.setInt32(out + index, to.getInt32(out + index - offset));
      else for (let index = 0; index < count; index++) to.setUint8(out + index, to.getUint8(out + index - offset));
      out += count;
    }
  }
  return out;
}
