/** Quotas are exact over every window and bounded in memory; the addresses of one network count as one. */
import { expect, test } from '@jest/globals';
import { clientAddress, createQuota } from '../../../ingest-gateway/auth/quota.ts';

function quotaAt(start: number, options: { limit: number; maxKeys?: number }) {
  const clock = { nowMs: start };
  const quota = createQuota({ windowMs: 60_000, maxKeys: 10, ...options, now: () => clock.nowMs });
  return { clock, quota };
}

test('no window holds more than the limit, wherever it starts', () => {
  const { clock, quota } = quotaAt(0, { limit: 5 });
  const allowed: number[] = [];
  for (; clock.nowMs < 300_000; clock.nowMs += 1_700) if (quota.take('a').isAllowed) allowed.push(clock.nowMs);
  expect(allowed).toHaveLength(25);
  const perWindow = allowed.map((from) => allowed.filter((at) => at >= from && at < from + 60_000).length);
  expect(Math.max(...perWindow)).toBe(5);
});

test('reports remaining attempts and the time until the next', () => {
  const { clock, quota } = quotaAt(1_000, { limit: 2 });
  expect(quota.take('a')).toEqual({ isAllowed: true, remaining: 1, resetMs: 60_000 });
  clock.nowMs += 10_000;
  expect(quota.take('a')).toEqual({ isAllowed: true, remaining: 0, resetMs: 50_000 });
  clock.nowMs += 1;
  expect(quota.take('a')).toEqual({ isAllowed: false, remaining: 0, resetMs: 49_999 });
  expect(quota.take('b')).toEqual({ isAllowed: true, remaining: 1, resetMs: 60_000 });
  clock.nowMs += 49_998;
  expect(quota.take('a').isAllowed).toBe(false);
  clock.nowMs += 1;
  expect(quota.take('a')).toEqual({ isAllowed: true, remaining: 0, resetMs: 10_000 });
});

test('the least recently used key is dropped first', () => {
  const { quota } = quotaAt(0, { limit: 1, maxKeys: 2 });
  quota.take('busy');
  quota.take('idle');
  quota.take('busy');
  quota.take('new');
  expect(quota.size()).toBe(2);
  expect(quota.take('busy').isAllowed).toBe(false);
  for (let each = 0; each < 10_000; each += 1) quota.take(`key ${each}`);
  expect(quota.size()).toBe(2);
});

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['::ffff:10.1.2.3', '10.1.2.3'],
  ['::1', '0:0:0:0::/64'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::6', '2001:db8:1:2::/64'],
  ['2001:db8::1:0:0:6', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  [undefined, 'unknown'],
])('%s counts as %s', (remote, counted) => {
  expect(clientAddress(remote)).toBe(counted);
});
