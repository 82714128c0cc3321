/** The remote-write writer against known bytes and against the reader. */
import { describe, expect, test } from '@jest/globals';
import { createWriteRequestWriter, encodeLabels, labelKey } from '../../../common/remote-write/encode.ts';
import { readWriteRequest } from '../../../ingest-gateway/remote-write/read.ts';
import { checkSeries } from '../../support/check-series.ts';

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
  });
});

function ascii(text: string): number[] {
  return [...Buffer.from(text, 'ascii')];
}

describe('encoded labels', () => {
  test('sorted by name, empty values omitted', () => {
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

  test('values whose length takes several bytes', () => {
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

test('a key does not depend on the order of the labels', () => {
  const key = labelKey({ job: 'node', instance: 'web-1' });
  expect(labelKey({ instance: 'web-1', job: 'node' })).toBe(key);
  expect(labelKey({ instance: 'web-1', job: 'nodes' })).not.toBe(key);
  expect(labelKey({ instance: 'web-1"],["job', job: 'node' })).not.toBe(key);
});
