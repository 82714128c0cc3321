/** The cache of checked labels: with and without it, every request has the same result. */
import { expect, test } from '@jest/globals';
import { createKnownLabels, type KnownLabels } from '../../../ingest-gateway/remote-write/known-labels.ts';
import { scanWriteRequest } from '../../../ingest-gateway/remote-write/scan.ts';
import type { ScannedSeries } from '../../../ingest-gateway/remote-write/scanned-series.ts';
import { createRandom } from '../../support/random.ts';
import { field, type Labels, label, sample, series } from '../../support/raw-write-request.ts';

const newestMs = 1_795_395_685_000;
const limits = { maxLabels: 4, maxValueBytes: 64, oldestMs: newestMs - 26 * 3_600_000, newestMs };

/** Returns every series, or the error. */
function scan(request: readonly number[], known?: KnownLabels): readonly ScannedSeries[] | string {
  const found: ScannedSeries[] = [];
  try {
    scanWriteRequest(Uint8Array.from(request), limits, (each) => void found.push({ ...each }), known);
  } catch (error) {
    return (error as Error).message;
  }
  return found;
}

const host: Labels = [
  ['instance', 'web-1'],
  ['job', 'node'],
];
const shapes: readonly Labels[] = [
  [['__name__', 'a'], ...host],
  [['__name__', 'b'], ['device', 'sda'], ...host],
  [['__name__', 'b'], ['device', 'sdb'], ...host],
  [['__name__', 'c'], ...host, ['zone', 'é']],
  [['__name__', 'd'], ...host, ['a', 'not in order']],
  [['__name__', 'e'], ['device', 'x'.repeat(65)], ...host],
  [['__name__', 'f'], ...host, ['one', '1'], ['two', '2']],
  [
    ['__name__', 'g'],
    ['instance', 'web-1'],
  ],
  host,
];

test('the same series with other samples have the same positions', () => {
  const known = createKnownLabels();
  const push = (...timesMs: number[]): number[] => shapes.flatMap((labels) => series(labels, ...timesMs));
  for (const request of [
    push(newestMs),
    push(newestMs),
    push(),
    push(newestMs - 1, newestMs),
    push(newestMs + 1),
    push(0),
  ])
    expect(scan(request, known)).toEqual(scan(request));
});

test('random requests have the result that they have without the cache', () => {
  const random = createRandom(7);
  const known = createKnownLabels();
  for (let round = 0; round < 2_000; round++) {
    const count = random.below(8);
    // Mostly the same series, sometimes others, and others behind the same first series.
    const picked = Array.from({ length: count }, (_, at) => (random.below(6) === 0 ? random.below(shapes.length) : at));
    const request = picked.flatMap((at) => series(shapes[at] as Labels, newestMs - random.below(3)));
    expect(scan(request, known)).toEqual(scan(request));
  }
});

test('labels behind samples, labels in other bytes and series cut short are checked in spite of known labels', () => {
  const plain = [...shapes.slice(0, 3), ...shapes.slice(0, 1)].flatMap((labels) => series(labels, newestMs));
  const labels = (shapes[1] as Labels).flatMap(label);
  const twice = label(['job', 'node']);
  const seconds = [
    field(0x0a, [...labels, ...sample(newestMs), ...twice]),
    field(0x0a, [...labels, ...twice, ...sample(newestMs)]),
    field(0x0a, [...labels, 0x8a, 0x00, ...twice.slice(1), ...sample(newestMs)]),
    field(0x0a, [...labels, ...sample(newestMs), 0x8a, 0x00, ...twice.slice(1)]),
    field(0x0a, labels.slice(0, -3)),
    field(0x0a, [...labels, 0x22, 0]),
    field(0x0a, [...labels, 0x78, 1, ...sample(newestMs)]),
    labels,
  ];
  for (const second of seconds) {
    const known = createKnownLabels();
    const request = [...series(shapes[0] as Labels, newestMs), ...second, ...series(shapes[2] as Labels, newestMs)];
    for (const each of [plain, plain, request, request, plain]) expect(scan(each, known)).toEqual(scan(each));
  }
});

test('every byte of a known request changed', () => {
  const known = createKnownLabels();
  const request = shapes.slice(0, 4).flatMap((labels) => series(labels, newestMs - 1, newestMs));
  for (let at = 0; at < request.length; at++) {
    for (const byte of [0, 0x0a, 0x12, 0x2d, 0x7f, 0x80, 0xff]) {
      const mutated = request.with(at, byte);
      scan(request, known);
      expect(scan(mutated, known)).toEqual(scan(mutated));
    }
  }
});

test('more hosts and longer requests than the cache holds', () => {
  const known = createKnownLabels();
  const seriesOf = (name: string, count: number): number[] =>
    Array.from({ length: count }, (_, at) => at).flatMap((at) =>
      series(
        [
          ['__name__', 'a'],
          ['instance', name],
          ['job', 'node'],
          ['n', String(at)],
        ],
        newestMs,
      ),
    );
  const requests = Array.from({ length: 10 }, (_, at) => seriesOf(`web-${at}`, at === 0 ? 4_200 : 500));
  // Each of these hosts, which differ in their first series, fills a hundredth of the cache.
  const many = Array.from({ length: 3_500 }, () =>
    series(
      [
        ['__name__', 'b'],
        ['instance', '0000'],
        ['job', 'j'.repeat(30)],
      ],
      newestMs,
    ),
  );
  const filler = Uint8Array.from(many.flat());
  const digits = filler.indexOf(0x30);
  let hosts = 0;
  function fill(): void {
    filler.set(Buffer.from(String(++hosts).padStart(4, '0')), digits);
    scanWriteRequest(filler, limits, () => undefined, known);
  }
  for (let round = 0; round < 3; round++) {
    for (const request of requests) expect(scan(request, known)).toEqual(scan(request));
    for (let at = 0; at < 150; at++) fill();
  }
});
