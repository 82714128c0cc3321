/** One-time tokens of new hosts, on SQLite. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { listApiKeys, tryKeyHolder } from '../../../../common/store/credentials/api-keys.ts';
import {
  createEnrollmentToken,
  revokeEnrolledKey,
  tryEnroll,
} from '../../../../common/store/credentials/enrollment-tokens.ts';
import { openStore, type Store } from '../../../../common/store/open.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostpulse-enrollment-'));
let store: Store;
beforeAll(async () => {
  store = await openStore({ path: join(folder, 'hostpulse.db') });
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const newToken = (host: string, labels = {}) =>
  createEnrollmentToken(store.db, { host, labels, expiresAtMs: 2_000, nowMs: 1_000 });

test('a token becomes a push key of its host, once', async () => {
  const token = await newToken('web-1', { env: 'prod' });
  expect(token).toMatch(/^hpe_[A-Za-z0-9_-]{43}$/);
  const rows = await store.db.selectFrom('enrollment_tokens').selectAll().execute();
  expect(JSON.stringify(rows)).not.toContain(token.slice(4));
  const enrolled = await tryEnroll(store.db, token, 1_500);
  expect(enrolled).toMatchObject({ host: 'web-1', labels: { env: 'prod' } });
  expect(await tryKeyHolder(store.db, enrolled?.key ?? '', 1_500)).toMatchObject({ scopes: ['push'], host: 'web-1' });
  expect(await tryEnroll(store.db, token, 1_500)).toBeUndefined();
});

test('a token ends after its time, and when a newer one of the host exists', async () => {
  expect(await tryEnroll(store.db, await newToken('web-2'), 2_000)).toBeUndefined();
  const [older, newer] = [await newToken('web-3'), await newToken('web-3')];
  expect(await tryEnroll(store.db, older, 1_500)).toBeUndefined();
  expect(await tryEnroll(store.db, newer, 1_500)).toMatchObject({ host: 'web-3' });
});

test('only one of parallel uses succeeds', async () => {
  const token = await newToken('web-4');
  const results = await Promise.allSettled(Array.from({ length: 5 }, () => tryEnroll(store.db, token, 1_500)));
  const enrolled = results.filter((each) => each.status === 'fulfilled' && each.value !== undefined);
  expect(enrolled).toHaveLength(1);
});

test('a second enrollment replaces the key of the first', async () => {
  const first = await tryEnroll(store.db, await newToken('web-5'), 1_500);
  const second = await tryEnroll(store.db, await newToken('web-5'), 1_600);
  expect(await tryKeyHolder(store.db, first?.key ?? '', 1_700)).toBeUndefined();
  expect(await tryKeyHolder(store.db, second?.key ?? '', 1_700)).toMatchObject({ host: 'web-5' });
  expect(await revokeEnrolledKey(store.db, 'web-5', 1_800)).toBe(true);
  expect(await revokeEnrolledKey(store.db, 'web-5', 1_800)).toBe(false);
  const names = (await listApiKeys(store.db)).map(({ name }) => name);
  expect(names.filter((name) => name === 'host web-5')).toHaveLength(2);
});

test.each(['', 'hpe_', 'x'.repeat(10_000)])('an unknown token of %s', async (token) => {
  expect(await tryEnroll(store.db, token, 1_500)).toBeUndefined();
});
