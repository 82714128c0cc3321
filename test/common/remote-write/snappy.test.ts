/** Our reader and writer of snappy's block format against snappyjs, and the reader against hostile blocks. */
import { describe, expect, test } from '@jest/globals';
import { createBlockWriter } from '../../../common/remote-write/compress.ts';
import { joinBlocks } from '../../../common/remote-write/join-blocks.ts';
import { compressBlock, uncompressBlock } from '../../../common/remote-write/snappy.ts';
import { createBlockReader } from '../../../common/remote-write/uncompress.ts';
import { createRandom } from '../../support/random.ts';

const limit = { maxBytes: 32 * 2 ** 20 };

/** Runs and noise of every length, close and far repetitions, as requests have them. */
function samples(): Uint8Array[] {
  const random = createRandom(7);
  const lengths = [0, 1, 3, 4, 5, 59, 60, 61, 67, 68, 255, 256, 257, 65_535, 65_536, 65_537, 300_000, 1_200_000];
  const all = [...lengths, ...Array.from({ length: 200 }, () => random.below(5_000))];
  return all.map((length) => {
    const noise = random.below(20);
    const period = 1 + random.below(400);
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at++)
      bytes[at] = random.below(100) < noise ? random.below(256) : (bytes[at - period] ?? at % 7);
    return bytes;
  });
}

const same = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0;

test('what either writes, either reads', () => {
  const [reader, writer] = [createBlockReader(), createBlockWriter()];
  const all = samples();
  expect(all.length).toBeGreaterThan(200);
  for (const bytes of all) {
    const block = writer.compress(bytes);
    expect(same(uncompressBlock(block, limit), bytes)).toBe(true);
    expect(same(reader.uncompress(block, limit), bytes)).toBe(true);
    expect(same(reader.uncompress(compressBlock(bytes), limit), bytes)).toBe(true);
  }
});

test('repetitions are found as snappyjs finds them', () => {
  const bytes = Uint8Array.from(Buffer.from('instance web-1 job node device eth0 '.repeat(500)));
  expect(createBlockWriter().compress(bytes).length).toBeLessThanOrEqual(compressBlock(bytes).length);
});

test('a block is its own: the next one does not change it', () => {
  const writer = createBlockWriter();
  const first = writer.compress(Uint8Array.from([1, 2, 3]));
  const copy = first.slice();
  writer.compress(Uint8Array.from([4, 5, 6]));
  expect(first).toEqual(copy);
});

test('joined blocks of either writer hold what each of them holds, in their order', () => {
  const [reader, writer] = [createBlockReader(), createBlockWriter()];
  const all = samples();
  const blocks = all.map((bytes, at) => (at % 2 === 0 ? writer.compress(bytes) : compressBlock(bytes)));
  const joined = joinBlocks(blocks);
  const whole = Buffer.concat(all);
  expect(same(uncompressBlock(joined, limit), whole)).toBe(true);
  expect(same(reader.uncompress(joined, limit), whole)).toBe(true);
  expect(() => joinBlocks([...blocks, new Uint8Array()])).toThrow('not a whole block of snappy');
});

describe('hostile blocks', () => {
  test.each([
    ['nothing at all', []],
    ['a length without an end', [0xff, 0xff, 0xff, 0xff, 0xff, 0x01]],
    ['a length above 32 bits', [0xff, 0xff, 0xff, 0xff, 0x7f, 0]],
    ['fewer bytes than declared', [5, 0x00, 1]],
    ['more bytes than declared', [1, 0x04, 1, 2]],
    ['a literal that ends early', [3, 0x08, 1, 2]],
    ['a literal whose length ends early', [100, 0xf4, 1]],
    ['a copy from before the start', [8, 0x00, 1, 0x0d, 2]],
    ['a copy from nowhere', [8, 0x00, 1, 0x0d, 0]],
    ['a copy that ends early', [8, 0x00, 1, 0x0e, 1]],
    ['a far copy that ends early', [8, 0x00, 1, 0x0f, 1, 0, 0]],
    ['a copy beyond what is declared', [4, 0x00, 1, 0x0d, 1]],
  ])('%s', (_, bytes) => {
    expect(() => createBlockReader().uncompress(Uint8Array.from(bytes), limit)).toThrow('not a whole block of snappy');
  });

  test('a bomb is refused before memory is taken', () => {
    const declaresOneGiB = Uint8Array.from([0x80, 0x80, 0x80, 0x80, 0x04, 0, 0]);
    expect(() => createBlockReader().uncompress(declaresOneGiB, limit)).toThrow('too big');
  });

  test('every byte of a block changed: read as snappyjs reads it, or refused', () => {
    const block = compressBlock(Uint8Array.from(Buffer.from('abcabcabcabcxyzxyzxyzxyz0123456789'.repeat(20))));
    const reader = createBlockReader();
    let refused = 0;
    for (let at = 0; at < block.length; at++) {
      for (const byte of [0, 1, 0x0d, 0x7f, 0x80, 0xf0, 0xff]) {
        const mutated = block.slice();
        mutated[at] = byte;
        try {
          const read = reader.uncompress(mutated, { maxBytes: 100_000 });
          expect(same(read, uncompressBlock(mutated, { maxBytes: 100_000 }))).toBe(true);
        } catch (error) {
          refused += 1;
          expect((error as Error).message).toMatch(/not a whole block of snappy|too big/);
        }
      }
    }
    expect(refused).toBeGreaterThan(100);
  });

  test('a copy of one byte over and over: a run', () => {
    const run = Uint8Array.from([9, 0x00, 7, 0x11, 1]);
    expect([...createBlockReader().uncompress(run, limit)]).toEqual(Array<number>(9).fill(7));
  });
});
