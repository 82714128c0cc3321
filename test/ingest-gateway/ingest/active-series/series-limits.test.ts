/** Active series and hosts of a credential: what counts, what ages out, and what a repeated push costs. */
import { expect, test } from '@jest/globals';
import {
  createSeriesLimits,
  type HostGate,
  type SeriesLimits,
} from '../../../../ingest-gateway/ingest/active-series/series-limits.ts';

const hourMs = 3_600_000;
const one = { id: 'key 1', name: 'one' };

function site() {
  let nowMs = 1_000 * hourMs;
  const limits = createSeriesLimits({
    bounds: { maxHostSeries: 3, maxKeySeries: 5, maxKeyHosts: 2 },
    now: () => nowMs,
  });
  return { limits, wait: (hours: number) => void (nowMs += hours * hourMs) };
}

function open(limits: SeriesLimits, host: string, isHost = true): HostGate {
  const gate = limits.begin(one).open(host, { isHost });
  if (typeof gate === 'string') throw new Error(gate);
  return gate;
}

const admit = (limits: SeriesLimits, host: string, hashes: readonly number[], isHost = true): boolean[] => {
  const gate = open(limits, host, isHost);
  return hashes.map((hash) => gate.admit(hash) === undefined);
};

test('a series is active until one to two hours after its last sample', () => {
  const { limits, wait } = site();
  expect(admit(limits, 'a', [1, 2, 3, 4])).toEqual([true, true, true, false]);
  wait(1);
  expect(admit(limits, 'a', [1, 4])).toEqual([true, false]);
  wait(1);
  expect(admit(limits, 'a', [1, 4, 5, 6])).toEqual([true, true, true, false]);
  expect(limits.active(one.id)).toEqual({ series: 3, hosts: 1 });
  wait(5);
  expect(admit(limits, 'a', [7, 8, 9])).toEqual([true, true, true]);
});

test('a host counts until a day after its last push, and other instances do not count as hosts', () => {
  const { limits, wait } = site();
  for (const host of ['a', 'b']) admit(limits, host, [1]);
  expect(() => open(limits, 'c')).toThrow('c: the key "one" pushes for 2 other hosts, its limit (limit.hosts_per_key)');
  for (const instance of ['c', 'd', 'e']) expect(admit(limits, instance, [1], false)).toEqual([true]);
  expect(admit(limits, 'f', [1], false)).toEqual([false]);
  expect(limits.active(one.id)).toEqual({ series: 5, hosts: 2 });
  wait(23);
  admit(limits, 'a', [1]);
  expect(() => open(limits, 'c')).toThrow();
  wait(3);
  expect(admit(limits, 'c', [1])).toEqual([true]);
});

test('instances whose series are refused leave nothing behind', () => {
  const { limits } = site();
  for (const host of ['a', 'b']) admit(limits, host, [1, 2, 3]);
  for (let at = 0; at < 1_000; at++) expect(admit(limits, `x${at}`, [1], false)).toEqual([false]);
  expect(limits.active(one.id)).toEqual({ series: 5, hosts: 2 });
});

test('a repeated push is recognized by its ids, in order, under the same labels, within the hour', () => {
  const { limits, wait } = site();
  const labels = {};
  const push = (ids: readonly number[], own: object = labels): boolean[] => {
    const gate = limits.begin(one).open('a', { isHost: true, labels: own });
    if (typeof gate === 'string') throw new Error(gate);
    return ids.map((id) => {
      const isRepeated = gate.isRepeated(id);
      if (!isRepeated) gate.admit(id, id);
      return isRepeated;
    });
  };
  expect(push([1, 2, 3])).toEqual([false, false, false]);
  expect(push([1, 2, 3])).toEqual([true, true, true]);
  expect(push([1, 4, 3])).toEqual([true, false, false]);
  expect(push([1, 2, 3], {})).toEqual([false, false, false]);
  push([1, 2, 3]);
  wait(1);
  expect(push([1, 2, 3])).toEqual([false, false, false]);
});
