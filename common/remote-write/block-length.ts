/** The length that a block of snappy begins with: that of what it holds, a varint of at most 32 bits. */

export interface BlockLength {
  /** Of the contents. */
  readonly length: number;
  /** Where the elements begin. */
  readonly start: number;
}

const maxBytes = 5;

/** Throws when the block does not begin with one. */
export function readBlockLength(block: Uint8Array): BlockLength {
  let length = 0;
  for (let at = 0; at < maxBytes; at++) {
    const byte = block[at];
    if (byte === undefined) break;
    length += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) {
      if (length > 0xffff_ffff) break;
      return { length, start: at + 1 };
    }
  }
  throw torn();
}

export function torn(): Error {
  return new Error('not a whole block of snappy');
}
