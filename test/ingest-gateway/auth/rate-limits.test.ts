/** Quotas are exact over every window and bounded in memory; the addresses of one network count as one. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Principal } from '../../../common/http/auth.ts';
import { HttpProblem } from '../../../common/http/problem.ts';
import { createLoginToken } from '../../../common/store/credentials/sessions.ts';
import {
  clientAddress,
  createCollectorLimit,
  createCredentialGuard,
  createQuota,
} from '../../../ingest-gateway/auth/rate-limits.ts';
import { type RunningGateway, startGateway } from '../../support/gateway.ts';
import { writeBody, writeHeaders } from '../../support/pushes.ts';

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

const fleet: Principal = { kind: 'key', id: '0000aaaa', name: 'fleet', scopes: ['push'] };
const bound: Principal = { ...fleet, id: '0000bbbb', host: 'web-1' };
const address = '10.0.0.1';

function collectorLimit(requestsPerMinute: number) {
  const clock = { nowMs: 0 };
  return { clock, limit: createCollectorLimit({ requestsPerMinute, now: () => clock.nowMs }) };
}

function problemOf(action: () => unknown): HttpProblem {
  try {
    action();
  } catch (thrown) {
    if (thrown instanceof HttpProblem) return thrown;
    throw thrown;
  }
  throw new Error('nothing was thrown');
}

describe('collectors', () => {
  test('100 requests a minute, with rate limit headers', () => {
    const { clock, limit } = collectorLimit(100);
    const ask = () => limit.admit({ principal: fleet, host: 'web-1', address });
    expect(ask()).toEqual({ 'RateLimit-Policy': '"collector";q=100;w=60', RateLimit: '"collector";r=99;t=60' });
    clock.nowMs = 20_500;
    for (let left = 98; left >= 0; left -= 1) expect(ask()['RateLimit']).toBe(`"collector";r=${left};t=40`);
    const { status, headers } = problemOf(ask);
    expect(status).toBe(429);
    expect(headers).toEqual({
      'RateLimit-Policy': '"collector";q=100;w=60',
      RateLimit: '"collector";r=0;t=40',
      'Retry-After': '40',
    });
    clock.nowMs += 40_000;
    expect(ask()['RateLimit']).toMatch(/^"collector";r=0;/);
    expect(problemOf(ask).status).toBe(429);
  });

  test('a thousand hosts behind one address with one key have separate quotas', () => {
    const { limit } = collectorLimit(100);
    for (let request = 0; request < 100; request += 1)
      for (let host = 0; host < 1_000; host += 1) limit.admit({ principal: fleet, host: `web-${host}`, address });
    expect(limit.size()).toBe(1_000);
    expect(problemOf(() => limit.admit({ principal: fleet, host: 'web-0', address })).status).toBe(429);
    limit.admit({ principal: fleet, host: 'web-1000', address });
  });

  test('a bound credential counts for its host under any key, and the header is ignored', () => {
    const { limit } = collectorLimit(1);
    limit.admit({ principal: bound, host: undefined, address });
    for (const host of [undefined, 'web-2', 'web-1', 'a\u0000b'])
      expect(problemOf(() => limit.admit({ principal: { ...bound, id: 'other' }, host, address })).status).toBe(429);
    limit.admit({ principal: fleet, host: 'web-1', address });
  });

  test('requests without a host share a quota by key and address', () => {
    const { limit } = collectorLimit(1);
    limit.admit({ principal: fleet, host: undefined, address });
    expect(problemOf(() => limit.admit({ principal: fleet, host: undefined, address })).status).toBe(429);
    limit.admit({ principal: fleet, host: undefined, address: '10.0.0.2' });
    limit.admit({ principal: { ...fleet, id: 'other' }, host: undefined, address });
    limit.admit({ principal: { ...fleet, kind: 'session' }, host: undefined, address });
  });

  test('an invalid host is refused with 400', () => {
    const { status, errors } = problemOf(() =>
      collectorLimit(1).limit.admit({ principal: fleet, host: 'a\tb', address }),
    );
    expect([status, errors[0]?.path]).toEqual([400, 'X-Hostpulse-Host']);
  });

  test('memory is bounded', () => {
    const { limit } = collectorLimit(100);
    for (let host = 0; host < 60_000; host += 1) limit.admit({ principal: fleet, host: `web-${host}`, address });
    expect(limit.size()).toBe(50_000);
  });
});

describe('wrong credentials', () => {
  const wrong = async () => undefined;
  const right = async () => 'stranger';

  function guardOf(failuresPerMinute: number) {
    const clock = { nowMs: 0 };
    const guard = createCredentialGuard({ failuresPerMinute, now: () => clock.nowMs });
    return {
      clock,
      check: (token: string, look: () => Promise<string | undefined>, from = address) =>
        guard.check({ address: from, token }, look),
    };
  }

  test('beyond the limit, wrong credentials of the address are refused for a minute', async () => {
    const { clock, check } = guardOf(3);
    for (const guess of ['a', 'b', 'c']) expect(await check(guess, wrong)).toBeUndefined();
    await expect(check('d', wrong)).rejects.toMatchObject({ status: 429, headers: { 'Retry-After': '60' } });
    expect(await check('d', wrong, '10.0.0.2')).toBeUndefined();
    clock.nowMs = 60_000;
    expect(await check('e', wrong)).toBeUndefined();
  });

  test('a valid credential is accepted at its first use, however many guesses came from its address', async () => {
    const { check } = guardOf(2);
    for (let guess = 0; guess < 1_000; guess += 1) await check(`guess ${guess}`, wrong).catch(() => undefined);
    for (const key of ['first', 'second', 'guess 5']) expect(await check(key, right)).toBe('stranger');
  });

  test('parallel guesses count', async () => {
    const { check } = guardOf(3);
    const answers = await Promise.allSettled(Array.from({ length: 20 }, (_, each) => check(`guess ${each}`, wrong)));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
  });

  test('a revoked key counts as wrong', async () => {
    const { check } = guardOf(2);
    expect(await check('good', right)).toBe('stranger');
    for (const guess of ['a', 'b']) await check(guess, wrong);
    await expect(check('good', wrong)).rejects.toMatchObject({ status: 429 });
  });

  test('repeats of a revoked key use a separate quota, not that of the address', async () => {
    const { clock, check } = guardOf(2);
    for (let each = 0; each < 3; each += 1) expect(await check('revoked', wrong)).toBeUndefined();
    await expect(check('revoked', wrong)).rejects.toMatchObject({ status: 429 });
    expect(await check('new', right)).toBe('stranger');
    clock.nowMs = 60_000;
    for (const guess of ['a', 'b']) expect(await check(guess, wrong)).toBeUndefined();
  });

  test('an error of the store counts against no quota', async () => {
    const { check } = guardOf(1);
    const broken = () => Promise.reject(new Error('the database is away'));
    for (let each = 0; each < 3; each += 1) await expect(check('a', broken)).rejects.toThrow('away');
    expect(await check('a', right)).toBe('stranger');
  });
});

describe('over HTTP', () => {
  let gateway: RunningGateway;
  beforeAll(async () => {
    gateway = await startGateway({ failedCredentialsPerMinute: 5, failedLoginsPerMinute: 2 });
  });
  afterAll(() => gateway.stop());

  const tooMany = async (response: Response) => {
    expect(response.status).toBe(429);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(50);
    expect(await response.json()).toEqual({
      type: 'about:blank',
      title: 'too many wrong credentials within a minute',
      status: 429,
    });
  };
  const ask = (key: string) => gateway.fetch('/api/v1/alerts', { headers: { 'x-api-key': key } });

  test('collect: 100 requests a minute per host, then 429; other hosts continue, remote write is not counted', async () => {
    const apiKey = await gateway.createKey({ scopes: ['push'] });
    const push = (host: string, header?: string) =>
      gateway.fetch('/api/v1/metrics/collect', {
        method: 'POST',
        headers: {
          'x-api-key': apiKey,
          'content-type': 'application/json',
          ...(header === undefined ? {} : { 'x-hostpulse-host': header }),
        },
        body: JSON.stringify({ host, metrics: [] }),
      });
    for (let left = 99; left >= 0; left -= 1) {
      const { status, headers } = await push('web-1', 'web-1');
      expect([status, headers.get('ratelimit')?.replace(/;t=.*/, '')]).toEqual([202, `"collector";r=${left}`]);
      expect(headers.get('ratelimit-policy')).toBe('"collector";q=100;w=60');
    }
    const refused = await push('web-1', 'web-1');
    expect(refused.status).toBe(429);
    expect(refused.headers.get('ratelimit')).toMatch(/^"collector";r=0;t=\d+$/);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await push('web-2', 'web-2')).status).toBe(202);
    expect((await push('web-1')).status).toBe(202);
    const borrowed = await push('web-1', 'web-3');
    expect([borrowed.status, ((await borrowed.json()) as { errors: unknown }).errors]).toEqual([
      400,
      [{ path: 'X-Hostpulse-Host', message: expect.stringContaining("the body's host") }],
    ]);
    const headers = { 'x-api-key': apiKey, 'x-hostpulse-host': 'web-1', ...writeHeaders };
    const body = new Uint8Array(writeBody([]));
    const written = await gateway.fetch('/api/v1/write', { method: 'POST', headers, body });
    expect([written.status, written.headers.get('ratelimit')]).toEqual([204, null]);
  });

  test('guesses at the login form and links are limited; API calls continue', async () => {
    const key = await gateway.createKey();
    const login = (guess: string) =>
      gateway.fetch('/login', { method: 'POST', body: new URLSearchParams({ key: guess }), redirect: 'manual' });
    expect((await login('a')).status).toBe(401);
    expect((await gateway.fetch('/login?token=b')).status).toBe(401);
    await tooMany(await login('c'));
    await tooMany(await gateway.fetch('/login?token=d'));
    expect((await login(key)).status).toBe(303);
    const link = { scopes: ['read'], lifetimeMs: 60_000, nowMs: Date.now() } as const;
    const token = await createLoginToken(gateway.store.db, link);
    expect((await gateway.fetch(`/login?token=${token}`)).status).toBe(200);
    expect((await ask(key)).status).toBe(200);
  });

  test('guesses at API calls are limited; valid keys continue, also new ones', async () => {
    const known = await gateway.createKey();
    expect((await ask(known)).status).toBe(200);
    for (const guess of ['a', 'b', 'c', 'd', 'e']) expect((await ask(guess)).status).toBe(401);
    await tooMany(await ask('f'));
    expect((await ask(await gateway.createKey())).status).toBe(200);
    expect((await ask(known)).status).toBe(200);
    expect((await gateway.fetch('/api/v1/health')).status).toBe(200);
  });
});

describe('writers', () => {
  test.each([
    ['a bound key has the quota of one host', bound, 0, 100],
    ['an unbound key has that of ten hosts at least', fleet, 3, 1_000],
    ['and of as many as it pushes for', fleet, 30, 3_000],
  ] as const)('%s', (_, principal, hosts, quota) => {
    const { clock, limit } = collectorLimit(100);
    const ask = () => limit.admitWriter({ principal, hosts, status: 503 });
    for (let count = 0; count < quota; count += 1) ask();
    const { status, title, headers } = problemOf(ask);
    expect([status, headers]).toEqual([503, { 'Retry-After': '60' }]);
    expect(title).toBe(`more than ${quota} requests within a minute by the key "${principal.name}"`);
    limit.admitWriter({ principal: { ...principal, id: '0000cccc' }, hosts, status: 503 });
    clock.nowMs = 60_000;
    ask();
  });
});
