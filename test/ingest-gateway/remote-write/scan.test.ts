/** The scan of remote write in place: what it finds is what the reader reads, and each series is judged by itself. */
import { describe, expect, test } from '@jest/globals';
import { readWriteRequest } from '../../../ingest-gateway/remote-write/read.ts';
import { MalformedRequestError, scanWriteRequest } from '../../../ingest-gateway/remote-write/scan.ts';
import { checkSeries, renderLabels } from '../../support/check-series.ts';
import { createRandom } from '../../support/random.ts';
import { field, type Labels, label, series, text, varint } from '../../support/raw-write-request.ts';

const newestMs = 1_795_395_685_000;
const limits = { maxLabels: 43, maxValueBytes: 1_024, oldestMs: newestMs - 26 * 3_600_000, newestMs };

interface Found {
  readonly fault: string | undefined;
  readonly name: string;
  readonly instance: string;
  readonly newestMs: number;
}

function scan(request: readonly number[]): Found[] {
  const bytes = Uint8Array.from(request);
  const found: Found[] = [];
  const show = (start: number, end: number): string => Buffer.from(bytes.subarray(start, end)).toString();
  scanWriteRequest(bytes, limits, (each) => {
    found.push({
      fault: each.fault,
      name: show(each.nameStart, each.nameEnd),
      instance: show(each.instanceStart, each.instanceEnd),
      newestMs: each.newestMs,
    });
  });
  return found;
}

const good: Labels = [
  ['__name__', 'a'],
  ['instance', 'web-1'],
  ['job', 'node'],
];
const faultOf = (labels: Labels): string | undefined => scan(series(labels, newestMs))[0]?.fault;

describe('one series', () => {
  test('is described where it stands', () => {
    expect(scan(series(good, newestMs - 5_000, newestMs))).toEqual([
      { fault: undefined, name: 'a', instance: 'web-1', newestMs },
    ]);
  });

  test.each([
    ['label_order', [...good, ['device', 'x']]],
    ['label_order', [...good, ['job', 'node']]],
    ['label_name', [...good, ['l-m', 'x']]],
    ['label_name', [...good, ['', 'x']]],
    ['label_value', [...good, ['mode', '']]],
    ['label_value', [...good, ['mode', 'x'.repeat(1_025)]]],
    ['no_name', good.slice(1)],
    ['no_name', [['__name__', 'a-b'], ...good.slice(1)]],
    ['no_instance', [good[0], good[2]]],
    ['no_job', good.slice(0, 2)],
    [undefined, [['__name__', 'a:b'], ...good.slice(1), ['mode', 'x'.repeat(1_024)], ['zone', 'é']]],
  ] as [string | undefined, Labels][])('%s', (expected, labels) => {
    expect(faultOf(labels)).toBe(expected);
  });

  test.each([
    [newestMs + 1, 'too_new'],
    [limits.oldestMs - 1, 'too_old'],
    [0, 'too_old'],
    [127, 'too_old'],
    [2 ** 42 - 1, 'too_new'],
    [2 ** 42, 'too_new'],
    [2 ** 52, 'too_new'],
    [newestMs, undefined],
    [limits.oldestMs, undefined],
  ])('at %d: %s', (timeMs, expected) => {
    expect(scan(series(good, timeMs))).toMatchObject([{ fault: expected, newestMs: timeMs }]);
  });

  test('fields in another order, and fields that nobody knows, are read all the same', () => {
    const swapped = field(0x0a, [...field(0x12, text('node')), ...field(0x0a, text('job'))]);
    const timed = field(0x12, [0x10, ...varint(newestMs), 0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]);
    const request = field(0x0a, [...good.slice(0, 2).flatMap(label), ...swapped, 0x78, 1, ...timed]);
    expect(scan(request)).toEqual([{ fault: undefined, name: 'a', instance: 'web-1', newestMs }]);
  });
});

describe('series after series', () => {
  /** By their labels' names alone: what was seen in the places of one series must not excuse the next. */
  const shapes: readonly (readonly string[])[] = [
    ['__name__', 'instance', 'job'],
    ['__name__', 'device', 'instance', 'job'],
    ['__name__', 'instance', 'device', 'job'],
    ['__name__', 'job', 'instance'],
    ['a', 'b', 'c'],
    ['d'],
    ['d', 'b', 'c'],
    ['__name__', 'instance', 'job', 'job'],
    ['__name__', 'in-stance', 'job'],
    ['__name__', 'instance'],
    ['zone', 'instance', 'job'],
  ];
  const request = (names: readonly string[]): number[] =>
    series(
      names.map((name) => [name, 'x'] as const),
      newestMs,
    );
  const alone = shapes.map((shape) => scan(request(shape))[0]?.fault);

  test('each is judged as it would be alone', () => {
    const random = createRandom(11);
    for (let round = 0; round < 300; round++) {
      const picked = Array.from({ length: 12 }, () => random.below(shapes.length));
      const found = scan(picked.flatMap((index) => request(shapes[index] as readonly string[])));
      expect(found.map(({ fault }) => fault)).toEqual(picked.map((index) => alone[index]));
    }
  });
});

test('every byte of a request changed: both readers agree on what it is, and on whether it is one', () => {
  const labels: Labels = [...good, ['mode', 'idle']];
  const request = [...series(good, newestMs), ...series(labels, newestMs - 1, newestMs), ...series(good, newestMs)];
  let [malformed, faults] = [0, 0];
  for (let at = 0; at < request.length; at++) {
    for (const byte of [0, 0x0a, 0x12, 0x2d, 0x7f, 0x80, 0xff]) {
      const mutated = request.with(at, byte);
      let found: Found[];
      try {
        found = scan(mutated);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedRequestError);
        malformed += 1;
        continue;
      }
      faults += found.filter(({ fault }) => fault !== undefined).length;
      if (found.some(({ fault }) => fault !== undefined)) continue;
      const read = readWriteRequest(Uint8Array.from(mutated));
      expect(read.map(({ labels: [first] }) => first?.[1])).toEqual(found.map(({ name }) => name));
      for (const each of read)
        expect([renderLabels(each.labels), faultIn(each)]).toEqual([expect.anything(), undefined]);
      expect(read.map(({ samples }) => samples.at(-1)?.timestampMs)).toEqual(found.map((each) => each.newestMs));
    }
  }
  expect(malformed).toBeGreaterThan(100);
  expect(faults).toBeGreaterThan(100);
});

function faultIn(each: Parameters<typeof checkSeries>[0]): string | undefined {
  try {
    checkSeries(each);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
