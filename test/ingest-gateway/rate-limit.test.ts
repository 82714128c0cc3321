/** Quotas of collectors and of wrong credentials: who shares one with whom, and what is told. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Principal } from '../../common/http/auth.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import { createCredentialGuard } from '../../ingest-gateway/credential-guard.ts';
import { createCollectorLimit } from '../../ingest-gateway/rate-limit.ts';
import { type RunningGateway, startGateway } from '../support/gateway.ts';

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
  test('get 100 requests a minute, and are told', () => {
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

  test('a thousand hosts behind one address and one key have a quota each', () => {
    const { limit } = collectorLimit(100);
    for (let request = 0; request < 100; request += 1)
      for (let host = 0; host < 1_000; host += 1) limit.admit({ principal: fleet, host: `web-${host}`, address });
    expect(limit.size()).toBe(1_000);
    expect(problemOf(() => limit.admit({ principal: fleet, host: 'web-0', address })).status).toBe(429);
    limit.admit({ principal: fleet, host: 'web-1000', address });
  });

  test('who is bound to a host is that host, under any key, whatever the header says', () => {
    const { limit } = collectorLimit(1);
    limit.admit({ principal: bound, host: undefined, address });
    for (const host of [undefined, 'web-2', 'web-1', 'a\u0000b'])
      expect(problemOf(() => limit.admit({ principal: { ...bound, id: 'other' }, host, address })).status).toBe(429);
    limit.admit({ principal: fleet, host: 'web-1', address });
  });

  test('who names no host shares with the same key at the same address', () => {
    const { limit } = collectorLimit(1);
    limit.admit({ principal: fleet, host: undefined, address });
    expect(problemOf(() => limit.admit({ principal: fleet, host: undefined, address })).status).toBe(429);
    limit.admit({ principal: fleet, host: undefined, address: '10.0.0.2' });
    limit.admit({ principal: { ...fleet, id: 'other' }, host: undefined, address });
    limit.admit({ principal: { ...fleet, kind: 'session' }, host: undefined, address });
  });

  test('a host that is none is 400', () => {
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
  const right = async () => 'somebody';

  function guardOf(failuresPerMinute: number) {
    const clock = { nowMs: 0 };
    const guard = createCredentialGuard({ failuresPerMinute, now: () => clock.nowMs });
    return {
      clock,
      check: (token: string, look: () => Promise<string | undefined>, from = address) =>
        guard.check({ address: from, token }, look),
    };
  }

  test('so many guesses, then no look at any new one until a minute has passed', async () => {
    const { clock, check } = guardOf(3);
    for (const guess of ['a', 'b', 'c']) expect(await check(guess, wrong)).toBeUndefined();
    let looks = 0;
    const look = async () => {
      looks += 1;
      return 'somebody';
    };
    await expect(check('d', look)).rejects.toMatchObject({ status: 429, headers: { 'Retry-After': '60' } });
    expect(looks).toBe(0);
    expect(await check('d', right, '10.0.0.2')).toBe('somebody');
    clock.nowMs = 60_000;
    expect(await check('e', look)).toBe('somebody');
  });

  test('guesses sent at once count', async () => {
    const { check } = guardOf(3);
    const answers = await Promise.allSettled(Array.from({ length: 20 }, (_, each) => check(`guess ${each}`, wrong)));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
  });

  test('who was right lately passes while a neighbour guesses, until revoked', async () => {
    const { check } = guardOf(2);
    expect(await check('good', right)).toBe('somebody');
    for (const guess of ['a', 'b']) await check(guess, wrong);
    await expect(check('c', right)).rejects.toMatchObject({ status: 429 });
    expect(await check('good', right)).toBe('somebody');
    expect(await check('good', wrong)).toBeUndefined();
    await expect(check('good', wrong)).rejects.toMatchObject({ status: 429 });
  });

  test('one that repeats a revoked key spends its own count, and not the address', async () => {
    const { clock, check } = guardOf(2);
    for (let each = 0; each < 3; each += 1) expect(await check('revoked', wrong)).toBeUndefined();
    await expect(check('revoked', wrong)).rejects.toMatchObject({ status: 429 });
    expect(await check('new', right)).toBe('somebody');
    clock.nowMs = 60_000;
    for (const guess of ['a', 'b']) expect(await check(guess, wrong)).toBeUndefined();
  });

  test('a fault of the store counts for nobody', async () => {
    const { check } = guardOf(1);
    const broken = () => Promise.reject(new Error('the database is away'));
    for (let each = 0; each < 3; each += 1) await expect(check('a', broken)).rejects.toThrow('away');
    expect(await check('a', right)).toBe('somebody');
  });
});

describe('over HTTP', () => {
  let gateway: RunningGateway;
  beforeAll(async () => {
    gateway = await startGateway({ failedCredentialsPerMinute: 5 });
  });
  afterAll(() => gateway.stop());

  test('guesses by header and by login form count together, and known callers go on', async () => {
    const known = await gateway.createKey();
    const ask = (key: string) => gateway.fetch('/api/v1/alerts', { headers: { 'x-api-key': key } });
    const login = (key: string) => gateway.fetch('/login', { method: 'POST', body: new URLSearchParams({ key }) });
    expect((await ask(known)).status).toBe(200);
    for (const guess of ['a', 'b', 'c']) expect((await ask(guess)).status).toBe(401);
    for (const guess of ['d', 'e']) expect((await login(guess)).status).toBe(401);
    for (const refused of [await ask('f'), await login('g'), await ask(await gateway.createKey())]) {
      expect(refused.status).toBe(429);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50);
      expect(await refused.json()).toEqual({
        type: 'about:blank',
        title: 'too many wrong credentials within a minute',
        status: 429,
      });
    }
    expect((await ask(known)).status).toBe(200);
    expect((await gateway.fetch('/api/v1/health')).status).toBe(200);
  });
});
