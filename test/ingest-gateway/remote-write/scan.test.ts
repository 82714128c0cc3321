/** The scan of remote write: its transitions one by one, each series independent of the others, and the scan against the reader. */
import { describe, expect, test } from '@jest/globals';
import { createKnownLabels } from '../../../ingest-gateway/remote-write/known-labels.ts';
import { readWriteRequest } from '../../../ingest-gateway/remote-write/read.ts';
import { scanWriteRequest } from '../../../ingest-gateway/remote-write/scan.ts';
import type { ScannedSeries } from '../../../ingest-gateway/remote-write/scanned-series.ts';
import { MalformedRequestError } from '../../../ingest-gateway/remote-write/wire-cursor.ts';
import { checkSeries, renderLabels } from '../../support/check-series.ts';
import { createRandom } from '../../support/random.ts';
import { field, type Labels, label, sample, series, text, varint } from '../../support/raw-write-request.ts';

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
  test('is described by its positions', () => {
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

  test('fields in another order and unknown fields', () => {
    const swapped = field(0x0a, [...field(0x12, text('node')), ...field(0x0a, text('job'))]);
    const timed = field(0x12, [0x10, ...varint(newestMs), 0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]);
    const request = field(0x0a, [...good.slice(0, 2).flatMap(label), ...swapped, 0x78, 1, ...timed]);
    expect(scan(request)).toEqual([{ fault: undefined, name: 'a', instance: 'web-1', newestMs }]);
  });
});

describe('series after series', () => {
  /** Label names only. The check remembers names by place, and must not accept the next series because of them. */
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

  test('each has the fault that it has alone', () => {
    const random = createRandom(11);
    for (let round = 0; round < 300; round++) {
      const picked = Array.from({ length: 12 }, () => random.below(shapes.length));
      const found = scan(picked.flatMap((index) => request(shapes[index] as readonly string[])));
      expect(found.map(({ fault }) => fault)).toEqual(picked.map((index) => alone[index]));
    }
  });
});

describe('transitions', () => {
  const labels = good.flatMap(label);
  const [name, instance, job] = good.map(label) as [number[], number[], number[]];
  const at = (timeMs: number): number[] => sample(timeMs);
  const whole = [...labels, ...at(newestMs)];
  const unknown = { varint: [0x78, 0x96, 0x01], fixed64: [0x79, ...Array<number>(8).fill(1)], text: [0x7a, 2, 1, 1] };
  /** A sample, or a label, whose fields are written in an unusual way. */
  const sampleOf = (...content: number[][]): number[] => field(0x12, content.flat());
  const labelOf = (...content: number[][]): number[] => field(0x0a, content.flat());
  const value = [0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f];
  const time = (timeMs: number): number[] => [0x10, ...varint(timeMs)];

  type Row = readonly [title: string, content: readonly number[], fault: string | undefined, samples: number];
  const rows: readonly Row[] = [
    ['labels, then a sample', whole, undefined, 1],
    ['labels only', labels, undefined, 0],
    ['no field at all', [], 'no_name', 0],
    ['a sample before the labels', [...at(newestMs), ...labels], undefined, 1],
    ['a sample between the labels', [...name, ...at(newestMs), ...instance, ...job], undefined, 1],
    ['labels on both sides of two samples', [...name, ...at(1), ...instance, ...job, ...at(newestMs)], 'too_old', 2],
    ['samples in order', [...labels, ...at(newestMs - 1), ...at(newestMs)], undefined, 2],
    ['the same timestamp twice', [...labels, ...at(newestMs), ...at(newestMs)], 'sample_order', 2],
    ['samples in reverse order', [...labels, ...at(newestMs), ...at(newestMs - 1)], 'sample_order', 2],
    ['a native histogram', [...whole, 0x22, 0], 'histogram', 1],
    ['a label fault before a sample fault', [...name, ...job, ...instance, ...at(0)], 'label_order', 1],
    ['a sample fault before a label fault', [...name, ...at(0), ...job, ...instance], 'too_old', 1],
    ['a timestamp, then a value', [...labels, ...sampleOf(time(newestMs), value)], undefined, 1],
    ['a timestamp without a value', [...labels, ...sampleOf(time(newestMs))], undefined, 1],
    ['a value without a timestamp', [...labels, ...sampleOf(value)], 'too_old', 1],
    ['two timestamps: the last counts', [...labels, ...sampleOf(time(0), time(newestMs))], undefined, 1],
    [
      'a timestamp of seven bytes',
      [...labels, ...sampleOf(value, [...time(newestMs).with(-1, 0xb4), 0])],
      undefined,
      1,
    ],
    ['a negative timestamp', [...labels, ...sampleOf(value, [0x10, ...Array<number>(9).fill(0xff), 1])], 'too_old', 1],
    ['an unknown field in a sample', [...labels, ...sampleOf(value, unknown.text, time(newestMs))], undefined, 1],
    ['a label with its value first', [...labels, ...labelOf([0x12, 1, 0x78], [0x0a, 1, 0x6b])], undefined, 0],
    [
      'a label with two values: the last counts',
      [...labels, ...labelOf([0x0a, 1, 0x6b, 0x12, 0], [0x12, 1, 0x78])],
      undefined,
      0,
    ],
    ['a label without a value', [...labels, ...labelOf([0x0a, 1, 0x6b])], 'label_value', 0],
    ['a label without a name', [...labels, ...labelOf([0x12, 1, 0x78])], 'label_name', 0],
    [
      'an unknown field in a label',
      [...labels, ...labelOf([0x0a, 1, 0x6b], unknown.varint, [0x12, 1, 0x78])],
      undefined,
      0,
    ],
    [
      'an unknown varint between labels',
      [...name, ...unknown.varint, ...instance, ...job, ...at(newestMs)],
      undefined,
      1,
    ],
    ['an unknown fixed64 behind labels', [...labels, ...unknown.fixed64, ...at(newestMs)], undefined, 1],
    ['an unknown text behind samples', [...whole, ...unknown.text], undefined, 1],
    ['a key in two bytes', [...labels, 0x92, 0x00, ...at(newestMs).slice(1)], undefined, 1],
  ];

  test.each(rows)('%s', (_, content, fault, samples) => {
    const bytes = Uint8Array.from(field(0x0a, content));
    const found: ScannedSeries[] = [];
    const summary = scanWriteRequest(bytes, limits, (each) => void found.push({ ...each }));
    expect(summary).toEqual({ series: 1, hasSymbols: false });
    expect(found).toMatchObject([{ fault, samples, start: 0, end: bytes.length }]);
  });

  test('cut at every byte: the series before is visited, and the request is malformed unless cut between fields', () => {
    for (const [, content] of rows) {
      const [before, request] = [field(0x0a, whole), field(0x0a, content)];
      for (let length = 1; length < request.length; length++) {
        let visited = 0;
        const cut = Uint8Array.from([...before, ...request.slice(0, length)]);
        expect(() => scanWriteRequest(cut, limits, () => (visited += 1))).toThrow(MalformedRequestError);
        expect(visited).toBe(1);
      }
    }
  });

  test('content cut at every byte, with a length that fits: whole fields are scanned, half fields are malformed', () => {
    const boundaries = new Set([0, name.length, name.length + instance.length, labels.length, whole.length]);
    for (let length = 0; length <= whole.length; length++) {
      const request = Uint8Array.from(field(0x0a, whole.slice(0, length)));
      const scanned = (): unknown => scanWriteRequest(request, limits, () => undefined);
      if (boundaries.has(length)) expect(scanned()).toEqual({ series: 1, hasSymbols: false });
      else expect(scanned).toThrow(MalformedRequestError);
    }
  });

  test('known labels change no result: every row behind every other row, from the same first series', () => {
    const first = field(0x0a, whole);
    const scanAll = (bytes: Uint8Array, known?: ReturnType<typeof createKnownLabels>): ScannedSeries[] => {
      const found: ScannedSeries[] = [];
      scanWriteRequest(bytes, limits, (each) => void found.push({ ...each }), known);
      return found;
    };
    for (const [, recorded] of rows) {
      for (const [, content] of rows) {
        const known = createKnownLabels();
        scanAll(Uint8Array.from([...first, ...field(0x0a, recorded)]), known);
        const request = Uint8Array.from([...first, ...field(0x0a, content), ...first]);
        const expected = scanAll(request);
        for (let round = 0; round < 3; round++) expect(scanAll(request, known)).toEqual(expected);
      }
    }
  });

  test.each([
    ['metadata is skipped', [0x1a, 2, 1, 1], false],
    ['a symbol of remote write 2.0', [0x22, 1, 0x78], true],
    ['a series of remote write 2.0', [0x2a, 0], true],
  ])('beside series: %s', (_, bytes, hasSymbols) => {
    const request = Uint8Array.from([...bytes, ...field(0x0a, whole)]);
    expect(scanWriteRequest(request, limits, () => undefined)).toEqual({ series: 1, hasSymbols });
  });
});

test('every byte of a request changed: the scan and the reader agree on the series, and on whether the request is malformed', () => {
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
