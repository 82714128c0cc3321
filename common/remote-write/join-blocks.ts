/**
 * Several snappy blocks as one, which holds what they hold, one after the other. A copy counts backwards and stays within its
 * block, so elements mean the same behind those of another block.
 * Source: https://github.com/google/snappy/blob/main/format_description.txt
 */
import { readBlockLength } from './block-length.ts';

/** Of remote write requests it makes one request: repeated fields add up. Throws when a block is torn. */
export function joinBlocks(blocks: readonly Uint8Array[]): Uint8Array {
  const parts: Uint8Array[] = [];
  let total = 0;
  for (const block of blocks) {
    const { length, start } = readBlockLength(block);
    total += length;
    parts.push(block.subarray(start));
  }
  return Buffer.concat([lengthBytes(total), ...parts]);
}

function lengthBytes(length: number): Uint8Array {
  const bytes: number[] = [];
  let rest = length;
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Uint8Array.from([...bytes, rest]);
}
