/** Snappy's block format: reader and writer against snappyjs, and the reader against hostile blocks. */
import { describe, expect, test } from '@jest/globals';
import {
  compressBlock,
  createBlockReader,
  createBlockWriter,
  joinBlocks,
  uncompressBlock,
} from '../../../common/remote-write/snappy.ts';
import { createRandom } from '../../support/random.ts';
import { snappyjs } from '../../support/snappyjs.ts';

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

test('each implementation reads the blocks of the other', () => {
  const [reader, writer] = [createBlockReader(), createBlockWriter()];
  const all = samples();
  expect(all.length).toBeGreaterThan(200);
  for (const bytes of all) {
    const block = writer.compress(bytes);
    expect(same(snappyjs.uncompress(block, limit.maxBytes), bytes)).toBe(true);
    expect(same(reader.uncompress(block, limit), bytes)).toBe(true);
    expect(same(reader.uncompress(snappyjs.compress(bytes), limit), bytes)).toBe(true);
  }
});

test('blocks are not larger than those of snappyjs', () => {
  const bytes = Uint8Array.from(Buffer.from('instance web-1 job node device eth0 '.repeat(500)));
  expect(createBlockWriter().compress(bytes).length).toBeLessThanOrEqual(snappyjs.compress(bytes).length);
});

test('the next block does not change the memory of the one before', () => {
  const writer = createBlockWriter();
  const first = writer.compress(Uint8Array.from([1, 2, 3]));
  const copy = first.slice();
  writer.compress(Uint8Array.from([4, 5, 6]));
  expect(first).toEqual(copy);
});

test('joined blocks of both writers hold their contents in order', () => {
  const [reader, writer] = [createBlockReader(), createBlockWriter()];
  const all = samples();
  const blocks = all.map((bytes, at) => (at % 2 === 0 ? writer.compress(bytes) : snappyjs.compress(bytes)));
  const joined = joinBlocks(blocks);
  const whole = Buffer.concat(all);
  expect(same(snappyjs.uncompress(joined, limit.maxBytes), whole)).toBe(true);
  expect(same(reader.uncompress(joined, limit), whole)).toBe(true);
  expect(() => joinBlocks([...blocks, new Uint8Array()])).toThrow('not a whole block of snappy');
});

test('one block without a reader or a writer', () => {
  const bytes = Uint8Array.from(Buffer.from('node_load1 '.repeat(100)));
  expect(same(uncompressBlock(compressBlock(bytes), limit), bytes)).toBe(true);
  expect(() => uncompressBlock(compressBlock(bytes), { maxBytes: 1_099 })).toThrow(
    'expected at most 1099 bytes, got 1100',
  );
});

describe('hostile blocks', () => {
  test.each([
    ['an empty block', []],
    ['a length without an end', [0xff, 0xff, 0xff, 0xff, 0xff, 0x01]],
    ['a length above 32 bits', [0xff, 0xff, 0xff, 0xff, 0x7f, 0]],
    ['fewer bytes than declared', [5, 0x00, 1]],
    ['more bytes than declared', [1, 0x04, 1, 2]],
    ['a literal that ends early', [3, 0x08, 1, 2]],
    ['a literal whose length ends early', [100, 0xf4, 1]],
    ['a copy from before the start', [8, 0x00, 1, 0x0d, 2]],
    ['a copy with distance 0', [8, 0x00, 1, 0x0d, 0]],
    ['a copy that ends early', [8, 0x00, 1, 0x0e, 1]],
    ['a far copy that ends early', [8, 0x00, 1, 0x0f, 1, 0, 0]],
    ['a copy beyond the declared length', [4, 0x00, 1, 0x0d, 1]],
  ])('%s', (_, bytes) => {
    expect(() => createBlockReader().uncompress(Uint8Array.from(bytes), limit)).toThrow('not a whole block of snappy');
  });

  test('a gigabyte that is declared is refused before it is allocated', () => {
    const declaresOneGiB = Uint8Array.from([0x80, 0x80, 0x80, 0x80, 0x04, 0, 0]);
    expect(() => createBlockReader().uncompress(declaresOneGiB, limit)).toThrow(
      'expected at most 33554432 bytes, got 1073741824',
    );
  });

  test('every byte of a block changed: reads as snappyjs does, or throws', () => {
    const block = snappyjs.compress(Uint8Array.from(Buffer.from('abcabcabcabcxyzxyzxyzxyz0123456789'.repeat(20))));
    const reader = createBlockReader();
    let refused = 0;
    for (let at = 0; at < block.length; at++) {
      for (const byte of [0, 1, 0x0d, 0x7f, 0x80, 0xf0, 0xff]) {
        const mutated = block.slice();
        mutated[at] = byte;
        try {
          const read = reader.uncompress(mutated, { maxBytes: 100_000 });
          expect(same(read, snappyjs.uncompress(mutated, 100_000))).toBe(true);
        } catch (error) {
          refused += 1;
          expect((error as Error).message).toMatch(/not a whole block of snappy|expected at most/);
        }
      }
    }
    expect(refused).toBeGreaterThan(100);
  });

  test('a copy that overlaps its output repeats it', () => {
    const run = Uint8Array.from([9, 0x00, 7, 0x11, 1]);
    expect([...createBlockReader().uncompress(run, limit)]).toEqual(Array<number>(9).fill(7));
  });
});
