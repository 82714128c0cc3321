/** Sessions of the page over HTTP: an administrator sees and ends all, another caller those of the same key. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sessionCookieName } from '../../../../ingest-gateway/auth/credentials.ts';
import { type RunningGateway, startGateway } from '../../../support/gateway.ts';

let gateway: RunningGateway;

beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

/** Returns the headers of a browser that logged in with the key. */
async function logIn(key: string): Promise<Readonly<Record<string, string>>> {
  const body = new URLSearchParams({ key });
  const { headers } = await gateway.fetch('/login', { method: 'POST', body, redirect: 'manual' });
  return { cookie: (headers.get('set-cookie') ?? '').split(';')[0] ?? '' };
}

interface Listed {
  readonly sessions: readonly { readonly id: string; readonly name: string; readonly is_current: boolean }[];
}

async function list(headers: Readonly<Record<string, string>>): Promise<Listed['sessions']> {
  const response = await gateway.fetch('/api/v1/sessions', { headers });
  expect(response.status).toBe(200);
  return ((await response.json()) as Listed).sessions;
}

const end = async (headers: Readonly<Record<string, string>>, id = '') =>
  gateway.fetch(`/api/v1/sessions${id === '' ? '' : `/${id}`}`, { method: 'DELETE', headers });
const isLoggedIn = async (headers: Readonly<Record<string, string>>) =>
  (await gateway.fetch('/page/session', { headers })).status === 200;

test('are listed and ended: one, those of a key, all', async () => {
  const [admin, reader] = [await gateway.createKey({ scopes: ['admin'] }), await gateway.createKey()];
  const [first, second, other] = [await logIn(reader), await logIn(reader), await logIn(admin)];
  expect(first['cookie']).toContain(sessionCookieName);

  const own = await list(first);
  expect(own.filter(({ is_current }) => is_current)).toHaveLength(1);
  expect(own).toHaveLength(2);
  const all = await list({ 'x-api-key': admin });
  expect(all).toHaveLength(3);
  expect(all.map(({ is_current }) => is_current)).toEqual([false, false, false]);

  const foreign = all.find(({ id }) => !own.some((each) => each.id === id))?.id ?? '';
  expect((await end(first, foreign)).status).toBe(404);
  expect((await end(first, 'x')).status).toBe(400);
  const currentOfSecond = (await list(second)).find(({ is_current }) => is_current)?.id ?? '';
  expect((await end(first, currentOfSecond)).status).toBe(204);
  expect([await isLoggedIn(second), await isLoggedIn(first), await isLoggedIn(other)]).toEqual([false, true, true]);
  expect(await (await end(first)).json()).toEqual({ revoked: 1 });
  expect([await isLoggedIn(first), await isLoggedIn(other)]).toEqual([false, true]);
  expect(await (await end({ 'x-api-key': admin })).json()).toEqual({ revoked: 1 });
  expect(await isLoggedIn(other)).toBe(false);
  expect((await gateway.fetch('/api/v1/alerts', { headers: { 'x-api-key': reader } })).status).toBe(200);
});
