/** Which batches are compared with Prometheus because they may hold a sample that was accepted before. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { createWriteRequestWriter, encodeLabels } from '../../../common/remote-write/encode.ts';
import { type BatchTimes, createOrderCheck, type OrderLimits } from '../../../ingest-gateway/ingest/ingest.ts';
import { createRandom } from '../../support/random.ts';

const startMs = 1_795_395_685_000;

/** Series by name with the offsets of their samples from the start, in milliseconds. */
type Offsets = Readonly<Record<string, readonly number[]>>;

type Request = Omit<BatchTimes, 'host'>;

function scene({ atStart = {}, limits }: { atStart?: Readonly<Record<string, number>>; limits?: OrderLimits } = {}) {
  let nowMs = startMs;
  const newestAtStart = new Map(Object.entries(atStart).map(([host, offset]) => [host, startMs + offset]));
  const order = createOrderCheck({ newestAtStart, now: () => nowMs, ...(limits === undefined ? {} : { limits }) });
  const writer = createWriteRequestWriter();

  /** Encodes the series; the check takes label bytes as they are, so that hosts can share a request. */
  function encode(series: Offsets): Request {
    const times = Object.values(series).flat();
    for (const [name, offsets] of Object.entries(series))
      writer.add(
        encodeLabels(name, { instance: 'host', job: 'node' }),
        offsets.map((offset) => startMs + offset),
        offsets.map(() => 1),
      );
    const [oldestMs, newestMs] = [startMs + Math.min(...times), startMs + Math.max(...times)];
    return { oldestMs, newestMs, plain: writer.finish().slice() };
  }

  return {
    encode,
    pushRequest: (host: string, request: Request): boolean => order.isOutOfOrder({ host, ...request }),
    push: (host: string, series: Offsets): boolean => order.isOutOfOrder({ host, ...encode(series) }),
    pass: (ms: number) => void (nowMs += ms),
  };
}

describe('one host', () => {
  test.each<readonly [rule: string, pushes: readonly Offsets[], expected: readonly boolean[]]>([
    [
      'in time order',
      [
        { a: [1], b: [1] },
        { a: [2], b: [2] },
      ],
      [false, false],
    ],
    ['the same push twice', [{ a: [1] }, { a: [1] }, { a: [2] }], [false, true, false]],
    ['an older sample', [{ a: [2] }, { a: [1] }], [false, true]],
    [
      'a new series that is not newer than the others of the host',
      [{ a: [5] }, { b: [4] }, { b: [5] }],
      [false, true, true],
    ],
    [
      'series sent apart',
      [{ a: [1] }, { b: [1] }, { a: [2] }, { b: [2] }, { a: [3], b: [3] }],
      [false, true, false, false, false],
    ],
    [
      'one old sample among new ones',
      [
        { a: [1], b: [9] },
        { a: [2], b: [9] },
      ],
      [false, true],
    ],
    [
      'a backlog behind fresh samples',
      [{ a: [100] }, { a: [1, 2] }, { a: [3, 101] }, { a: [4] }],
      [false, true, true, true],
    ],
  ])('%s', (_, pushes, expected) => {
    const { push } = scene();
    expect(pushes.map((series) => push('h', series))).toEqual(expected);
  });

  test('knows samples from before the start', () => {
    const { push } = scene({ atStart: { h: 10 } });
    expect([push('h', { a: [10] }), push('h', { a: [11] }), push('other', { a: [10] })]).toEqual([true, false, false]);
  });

  test('is followed by series for ten minutes after its last out-of-order push', () => {
    const { push, pass } = scene();
    push('h', { a: [1] });
    push('h', { b: [1] });
    pass(600_000);
    expect([push('h', { a: [2], b: [2] }), push('h', { a: [3] }), push('h', { b: [3] })]).toEqual([
      false,
      false,
      false,
    ]);
    pass(600_001);
    push('h', { a: [9], b: [9] });
    expect([push('h', { a: [20] }), push('h', { b: [20] })]).toEqual([false, true]);
  });

  test('with more series than the limit is compared as a whole', () => {
    const { push } = scene({ limits: { maxHosts: 10, maxHostSeries: 2, maxSeries: 100 } });
    push('h', { a: [1] });
    expect(push('h', { a: [2], b: [2], c: [1] })).toBe(true);
    expect(push('h', { c: [2] })).toBe(false);
    expect([push('h', { a: [3] }), push('h', { b: [3] })]).toEqual([false, true]);
  });
});

describe('limits in total', () => {
  test('a forgotten host is compared where it may repeat samples, and only there', () => {
    const { push } = scene({ limits: { maxHosts: 10, maxHostSeries: 100, maxSeries: 100 } });
    push('first', { a: [1] });
    for (let index = 0; index < 20; index++) expect(push(`host-${index}`, { a: [10 + index] })).toBe(false);
    expect(push('first', { a: [1] })).toBe(true);
    expect(push('first', { a: [1_000] })).toBe(false);
    expect(push('new', { a: [1_000] })).toBe(false);
    expect(push('new late', { a: [2] })).toBe(true);
  });

  test('a host in use is not forgotten', () => {
    const { push } = scene({ limits: { maxHosts: 10, maxHostSeries: 100, maxSeries: 100 } });
    for (let index = 0; index < 100; index++) {
      expect(push('steady', { a: [10 * index] })).toBe(false);
      push(`host-${index}`, { a: [10 * index] });
    }
  });

  test('beyond the series in total, the host followed for longest is compared again', () => {
    const { push } = scene({ limits: { maxHosts: 10, maxHostSeries: 100, maxSeries: 3 } });
    for (const host of ['h', 'i']) {
      push(host, { a: [1] });
      push(host, { b: [1] });
      push(host, { a: [2] });
    }
    const pushes = ['h', 'i'].flatMap((host) => [push(host, { b: [2] })]);
    expect([...pushes, push('h', { c: [2] }), push('i', { c: [2] })]).toEqual([false, false, true, false]);
  });

  test('10,000 invented hosts that send out of order stay within the limits in memory', () => {
    const { encode, pushRequest } = scene({ limits: { maxHosts: 1_000, maxHostSeries: 100, maxSeries: 2_000 } });
    const names = Array.from({ length: 50 }, (_, index) => `series_${index}`);
    const first = encode({ first: [1] });
    const second = encode({ first: [1], ...Object.fromEntries(names.map((name) => [name, [2]])) });
    const before = measureHeap();
    let compared = 0;
    for (let index = 0; index < 10_000; index++) {
      pushRequest(`host-${index}`, first);
      if (pushRequest(`host-${index}`, second)) compared += 1;
    }
    expect(compared).toBe(10_000);
    // Without a limit, 500,000 series take more than 30 MB.
    expect(measureHeap() - before).toBeLessThan(8 * 2 ** 20);
  });

  test.each([1, 2, 3, 4, 5, 6])('never misses a repeated sample when hosts are forgotten: seed %i', (seed) => {
    const random = createRandom(seed);
    const { push, pass } = scene({ limits: { maxHosts: 4, maxHostSeries: 3, maxSeries: 5 } });
    const accepted = new Set<string>();
    let [repeated, compared] = [0, 0];
    for (let step = 0; step < 3_000; step++) {
      const host = `host-${random.below(12)}`;
      const series: Record<string, number[]> = {};
      for (let count = 0; count <= random.below(3); count++) series[`s${random.below(5)}`] = [step - random.below(40)];
      const keys = Object.entries(series).flatMap(([name, times]) => times.map((time) => `${host} ${name} ${time}`));
      const isRepeated = keys.some((key) => accepted.has(key));
      const isCompared = push(host, series);
      if (isRepeated) repeated += 1;
      if (isCompared) compared += 1;
      if (isRepeated && !isCompared) throw new Error(`step ${step}: ${keys.join(', ')} was not compared`);
      for (const key of keys) accepted.add(key);
      if (random.below(50) === 0) pass(700_000);
    }
    expect(repeated).toBeGreaterThan(50);
    expect(compared).toBeLessThan(3_000);
  });
});

/** Bytes in use after a garbage collection. */
function measureHeap(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}
