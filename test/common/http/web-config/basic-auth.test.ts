/** The comparisons that basic authentication runs, and those it takes from the cache. */
import { describe, expect, test } from '@jest/globals';
import { createBasicAuth, parseBasicCredentials } from '../../../../common/http/web-config/basic-auth.ts';

const users = new Map([
  ['alice', 'hash of right'],
  ['bob', 'hash of other'],
]);
const header = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

/** Counts comparisons and the maximum in parallel. */
function createCounter() {
  const seen = { comparisons: 0, running: 0, mostRunning: 0 };
  const compare = async (password: string, hash: string): Promise<boolean> => {
    seen.comparisons += 1;
    seen.running += 1;
    seen.mostRunning = Math.max(seen.mostRunning, seen.running);
    await Promise.resolve();
    seen.running -= 1;
    return hash === `hash of ${password}`;
  };
  return { seen, auth: createBasicAuth(compare) };
}

describe('comparisons', () => {
  test('one for each pair of user and password, right or wrong, now or later', async () => {
    const { seen, auth } = createCounter();
    const right = Array.from({ length: 5 }, () => auth.check(header('alice', 'right'), users));
    expect(await Promise.all(right)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok']);
    expect(await auth.check(header('alice', 'right'), users)).toBe('ok');
    expect(seen.comparisons).toBe(1);
    expect(await auth.check(header('alice', 'other'), users)).toBe('refused');
    expect(await auth.check(header('alice', 'other'), users)).toBe('refused');
    expect(seen.comparisons).toBe(2);
  });

  test('an unknown user costs one as well, and is refused with the password of another user', async () => {
    const { seen, auth } = createCounter();
    expect(await auth.check(header('mallory', 'right'), users)).toBe('refused');
    expect(seen.comparisons).toBe(1);
  });

  test('a changed hash is compared again', async () => {
    const { auth } = createCounter();
    expect(await auth.check(header('alice', 'right'), users)).toBe('ok');
    expect(await auth.check(header('alice', 'right'), new Map([['alice', 'hash of changed']]))).toBe('refused');
  });

  test('run one at a time, and a limited number waits', async () => {
    const { seen, auth } = createCounter();
    const guesses = Array.from({ length: 50 }, (_, index) => auth.check(header('alice', `guess ${index}`), users));
    const results = await Promise.all(guesses);
    // One runs, 20 of the same address wait.
    expect(results.filter((result) => result === 'refused')).toHaveLength(21);
    expect(results.filter((result) => result === 'busy')).toHaveLength(29);
    expect(seen.mostRunning).toBe(1);
    expect(await auth.check(header('alice', 'right'), users)).toBe('ok');
  });

  test('guesses do not evict a right password from the cache', async () => {
    const { seen, auth } = createCounter();
    await auth.check(header('alice', 'right'), users);
    for (let guess = 0; guess < 500; guess++) await auth.check(header('alice', `guess ${guess}`), users);
    const before = seen.comparisons;
    expect(await auth.check(header('alice', 'right'), users)).toBe('ok');
    expect(seen.comparisons).toBe(before);
  });

  test('guesses of one address delay another address by one comparison', async () => {
    const order: string[] = [];
    const auth = createBasicAuth(async (password) => {
      order.push(password);
      await new Promise(setImmediate);
      return password === 'right';
    });
    const guesses = Array.from({ length: 15 }, (_, index) =>
      auth.check(header('alice', `guess ${index}`), users, '192.0.2.1'),
    );
    expect(await auth.check(header('alice', 'right'), users, '192.0.2.2')).toBe('ok');
    expect(order.indexOf('right')).toBeLessThanOrEqual(2);
    await Promise.all(guesses);
  });

  test('a comparison that fails rejects, and is repeated at the next request', async () => {
    let times = 0;
    const auth = createBasicAuth(async () => {
      times += 1;
      if (times === 1) throw new Error('no memory');
      return true;
    });
    await expect(auth.check(header('alice', 'x'), users)).rejects.toThrow('no memory');
    expect(await auth.check(header('alice', 'x'), users)).toBe('ok');
  });
});

describe('parseBasicCredentials', () => {
  test('accepts colons in the password and characters beyond ASCII', () => {
    expect(parseBasicCredentials(header('alice', 'a:b:ü'))).toEqual({ user: 'alice', password: 'a:b:ü' });
    expect(parseBasicCredentials(header('', ''))).toEqual({ user: '', password: '' });
  });

  test.each([undefined, '', 'Basic', 'Basic !', 'Bearer abc', `Basic ${btoa('nocolon')}`])('%p is none', (given) => {
    expect(parseBasicCredentials(given)).toBeUndefined();
  });
});
