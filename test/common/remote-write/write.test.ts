/** Remote write on the wire: the writer against known bytes, the reader against the writer, the checker against every rule. */
import { describe, expect, test } from '@jest/globals';
import { encodeLabels } from '../../../common/remote-write/labels.ts';
import { compressBlock, uncompressBlock } from '../../../common/remote-write/snappy.ts';
import { createWriteRequestWriter, varintLength } from '../../../common/remote-write/write.ts';
import { checkSeries, readWriteRequest } from '../../../ingest-gateway/remote-write/read.ts';

describe('writer', () => {
  test('bytes as protoc writes them', () => {
    const writer = createWriteRequestWriter();
    writer.add(encodeLabels('up', { job: 'node' }), [1_000], [1.5]);
    const expected = [
      [0x0a, 41],
      [0x0a, 14, 0x0a, 8, ...ascii('__name__'), 0x12, 2, ...ascii('up')],
      [0x0a, 11, 0x0a, 3, ...ascii('job'), 0x12, 4, ...ascii('node')],
      [0x12, 12, 0x09, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 0x10, 0xe8, 0x07],
    ].flat();
    expected[1] = expected.length - 2;
    expect([...writer.finish()]).toEqual(expected);
  });

  test('what is written is read back to the bit', () => {
    const writer = createWriteRequestWriter();
    const values = [0, -0, 1 / 3, 2 ** 64, -1e-300, Infinity, -Infinity, NaN, null];
    const timestamps = values.map((_, index) => 1_795_395_685_000 + index * 5_000);
    writer.add(encodeLabels('a', {}), timestamps, values);
    const [series] = readWriteRequest(writer.finish());
    expect(series?.labels).toEqual([['__name__', 'a']]);
    expect(series?.samples.map(({ timestampMs }) => timestampMs)).toEqual(timestamps);
    expect(series?.samples.map(({ isStale }) => isStale)).toEqual(values.map((value) => value === null));
    expect(series?.samples.slice(0, 7).map(({ value }) => value)).toEqual(values.slice(0, 7));
    expect(Object.is(series?.samples[1]?.value, -0)).toBe(true);
  });

  test('the stale marker keeps its bits', () => {
    const writer = createWriteRequestWriter();
    writer.add(encodeLabels('a', {}), [1], [null]);
    expect(Buffer.from(writer.finish()).toString('hex')).toContain('020000000000f07f');
  });

  test('memory grows past its first size and is used again', () => {
    const writer = createWriteRequestWriter();
    for (let round = 0; round < 2; round++) {
      for (let index = 0; index < 2_000; index++)
        writer.add(encodeLabels(`metric_${index}`, { device: `disk${index}` }), [1, 2, 3], [index, round, 0.1]);
      const series = readWriteRequest(writer.finish());
      expect(series).toHaveLength(2_000);
      expect(series[1_999]?.samples.map(({ value }) => value)).toEqual([1_999, round, 0.1]);
    }
  });

  test.each([0, 127, 128, 2 ** 31, 1_795_395_685_000, 2 ** 49 - 1, 2 ** 49, 2 ** 52])('timestamp %d', (timestampMs) => {
    const writer = createWriteRequestWriter();
    writer.add(encodeLabels('a', {}), [timestampMs], [1]);
    expect(readWriteRequest(writer.finish())[0]?.samples).toEqual([{ timestampMs, value: 1, isStale: false }]);
    expect(varintLength(timestampMs)).toBe(Math.max(1, Math.ceil(timestampMs.toString(2).length / 7)));
  });
});

describe('labels', () => {
  test('sorted by name, empty values left out', () => {
    const writer = createWriteRequestWriter();
    writer.add(encodeLabels('m', { zone: 'b', Upper: 'x', device: '', instance: 'wéb-1' }), [1], [1]);
    const [series] = readWriteRequest(writer.finish());
    expect(series?.labels).toEqual([
      ['Upper', 'x'],
      ['__name__', 'm'],
      ['instance', 'wéb-1'],
      ['zone', 'b'],
    ]);
    expect(() => checkSeries(series ?? { labels: [], samples: [] })).not.toThrow();
  });

  test('values longer than a byte counts', () => {
    const long = 'x'.repeat(20_000);
    const writer = createWriteRequestWriter();
    writer.add(encodeLabels('m', { long }), [1], [1]);
    expect(readWriteRequest(writer.finish())[0]?.labels[1]).toEqual(['long', long]);
  });

  test.each([
    ['dotted.name', {}, 'metric name: expected letters, digits and _, got "dotted.name"'],
    ['m', { 'a-b': 'x' }, 'label name of m: expected letters, digits and _, got "a-b"'],
    ['m', { __name__: 'x' }, 'label name of m: expected letters, digits and _, got "__name__"'],
  ])('%s %j is refused', (name, labels, message) => {
    expect(() => encodeLabels(name, labels as Record<string, string>)).toThrow(message);
  });
});

describe('checker', () => {
  const ok = [{ timestampMs: 1, value: 1, isStale: false }];
  const late = [...ok, { timestampMs: 1, value: 2, isStale: false }];
  test.each([
    [
      'order',
      [
        ['b', '1'],
        ['__name__', 'm'],
      ],
      ok,
      'the label __name__ is out of order',
    ],
    [
      'twice',
      [
        ['__name__', 'm'],
        ['a', '1'],
        ['a', '2'],
      ],
      ok,
      'the label a is there twice',
    ],
    [
      'empty value',
      [
        ['__name__', 'm'],
        ['a', ''],
      ],
      ok,
      'the label a is empty',
    ],
    [
      'empty name',
      [
        ['', 'x'],
        ['__name__', 'm'],
      ],
      ok,
      'a label without a name',
    ],
    ['no metric name', [['a', 'x']], ok, 'no __name__'],
    ['time', [['__name__', 'm']], late, '1 does not follow 1'],
  ] as const)('%s', (_, labels, samples, message) => {
    expect(() => checkSeries({ labels, samples })).toThrow(message);
  });
});

describe('hostile bytes', () => {
  test.each([
    ['a cut message', [0x0a, 50, 0x0a]],
    ['a varint without end', [0x0a, ...Array<number>(11).fill(0xff)]],
    ['a group', [0x0b]],
    ['field 0', [0x02, 0]],
    ['text that is not UTF-8', [0x0a, 6, 0x0a, 4, 0x0a, 2, 0xc3, 0x28]],
  ])('%s', (_, bytes) => {
    expect(() => readWriteRequest(Uint8Array.from(bytes))).toThrow('not a WriteRequest of remote write 1.0');
  });

  test('unknown fields are skipped', () => {
    const writer = createWriteRequestWriter();
    writer.add(encodeLabels('m', {}), [1], [1]);
    const known = [...writer.finish()];
    const unknown = [
      [0x1a, 2, 0x08, 1],
      [0x28, 0x96, 0x01],
      [0x31, 0, 0, 0, 0, 0, 0, 0, 0],
      [0x3d, 0, 0, 0, 0],
    ].flat();
    expect(readWriteRequest(Uint8Array.from([...unknown, ...known]))).toHaveLength(1);
  });

  test('every mutation of a request either reads or is refused in words', () => {
    const writer = createWriteRequestWriter();
    for (let index = 0; index < 5; index++) writer.add(encodeLabels(`m${index}`, { a: 'b' }), [1, 2], [index, null]);
    const request = Uint8Array.from(writer.finish());
    let refused = 0;
    for (let position = 0; position < request.length; position++) {
      for (const byte of [0, 0x7f, 0x80, 0xff]) {
        const mutated = Uint8Array.from(request);
        mutated[position] = byte;
        try {
          readWriteRequest(mutated);
        } catch (error) {
          refused++;
          expect((error as Error).name).toBe('WriteRequestError');
        }
      }
    }
    expect(refused).toBeGreaterThan(100);
  });
});

describe('snappy', () => {
  test('blocks read back, above 64 KiB too', () => {
    const bytes = Uint8Array.from({ length: 200_000 }, (_, index) => (index * index) % 251);
    expect(Buffer.from(uncompressBlock(compressBlock(bytes), { maxBytes: 200_000 })).equals(Buffer.from(bytes))).toBe(
      true,
    );
  });

  test('a bomb is refused before memory is taken', () => {
    const declaresOneGiB = Uint8Array.from([0x80, 0x80, 0x80, 0x80, 0x04, 0, 0]);
    expect(() => uncompressBlock(declaresOneGiB, { maxBytes: 32 * 2 ** 20 })).toThrow('too big');
  });
});

function ascii(text: string): number[] {
  return [...Buffer.from(text, 'ascii')];
}
