/** Labels encoded for remote write, and as a key. */
import { describe, expect, test } from '@jest/globals';
import { encodeLabels, labelKey } from '../../../common/remote-write/labels.ts';
import { createWriteRequestWriter } from '../../../common/remote-write/write.ts';
import { readWriteRequest } from '../../../ingest-gateway/remote-write/read.ts';
import { checkSeries } from '../../support/check-series.ts';

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
