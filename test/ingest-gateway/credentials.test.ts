/** Every call of the list with every kind of credential: who gets in, and what the others are told. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Scope, scopes } from '../../common/http/auth.ts';
import { createApiKey, tryRevokeApiKey } from '../../common/store/api-keys.ts';
import { createLoginToken, tryOpenSession } from '../../common/store/sessions.ts';
import { routes } from '../../ingest-gateway/routes/index.ts';
import { type RunningGateway, startGateway } from '../support/gateway.ts';

let gateway: RunningGateway;

beforeAll(async () => {
  gateway = await startGateway({ failedCredentialsPerMinute: 100_000 });
});
afterAll(() => gateway.stop());

const guarded = routes.filter(({ scope }) => scope !== null);
const calls = routes.flatMap((route) => route.methods.map((method) => ({ ...route, method })));

function ask(method: string, path: string, headers: Readonly<Record<string, string>>): Promise<Response> {
  return gateway.fetch(path, { method, headers });
}

async function problemOf(response: Response) {
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  const problem = (await response.json()) as { status: number; title: string };
  expect(problem.status).toBe(response.status);
  return problem.title;
}

test('the list has the calls of this form', () => {
  expect(calls.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
    'GET /api/v1/alerts',
    'GET /api/v1/health',
    'GET /api/v1/hosts',
    'GET /api/v1/metrics/current',
    'GET /api/v1/metrics/history',
    'GET /api/v1/query',
    'GET /api/v1/query_range',
    'POST /api/v1/query',
    'POST /api/v1/query_range',
  ]);
  expect(guarded).toHaveLength(6);
});

describe.each(calls.filter(({ scope }) => scope !== null))('$method $path', ({ method, path, scope }) => {
  test('needs a credential, on loopback too', async () => {
    const response = await ask(method, path, {});
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="hostpulse"');
    expect(await problemOf(response)).toMatch(/^a credential is needed/);
  });

  test('takes none that is malformed, unknown, expired or revoked', async () => {
    const nowMs = Date.now();
    const { db } = gateway.store;
    const name = `${method}${path}`;
    const expired = await createApiKey(db, {
      name: `expired ${name}`,
      scopes: ['admin'],
      expiresAtMs: nowMs - 1,
      nowMs,
    });
    const revoked = await createApiKey(db, { name: `revoked ${name}`, scopes: ['admin'], nowMs });
    await tryRevokeApiKey(db, revoked.keyId, nowMs);
    const unknown = `hp_00000000_${'A'.repeat(43)}`;
    for (const key of [unknown, expired.key, revoked.key, `${expired.key.slice(0, -2)}`, 'x']) {
      for (const headers of [
        { authorization: `Bearer ${key}` },
        { 'x-api-key': key },
        { cookie: `hostpulse_session=${key}` },
      ]) {
        const response = await ask(method, path, headers);
        expect([headers, response.status]).toEqual([headers, 401]);
        expect(response.headers.get('www-authenticate')).toBe('Bearer realm="hostpulse", error="invalid_token"');
        expect(await problemOf(response)).toBe('the credential is unknown, expired or revoked');
      }
    }
    for (const authorization of ['Basic dTpw', 'Bearer', 'Bearer a b', unknown]) {
      const response = await ask(method, path, { authorization });
      expect([authorization, response.status]).toEqual([authorization, 401]);
      expect(await problemOf(response)).toBe('Authorization: expected "Bearer <key>"');
    }
  });

  test.each(scopes)('with the scope %s', async (held: Scope) => {
    const key = await gateway.createKey({ scopes: [held] });
    for (const headers of [
      { authorization: `Bearer ${key}` },
      { authorization: `bearer  ${key}` },
      { 'x-api-key': key },
    ]) {
      const response = await ask(method, path, headers);
      if (held === scope || held === 'admin') {
        expect([401, 403]).not.toContain(response.status);
      } else {
        expect(response.status).toBe(403);
        expect(response.headers.get('www-authenticate')).toBe(
          `Bearer realm="hostpulse", error="insufficient_scope", scope="${scope}"`,
        );
        expect(await problemOf(response)).toBe(`scope "${scope}" is needed; the credential has ${held}`);
      }
    }
  });

  test('with a session', async () => {
    const nowMs = Date.now();
    const token = await createLoginToken(gateway.store.db, { scopes: ['read'], lifetimeMs: 1_000, nowMs });
    const session = await tryOpenSession(gateway.store.db, token, nowMs);
    const cookie = `other=1; hostpulse_session=${session?.token}`;
    expect([401, 403]).not.toContain((await ask(method, path, { cookie })).status);
    const wrong = await ask(method, path, { cookie, 'x-api-key': 'wrong' });
    expect(wrong.status).toBe(401);
  });
});

describe('a key bound to a host', () => {
  const asked = ['/api/v1/metrics/current', '/api/v1/metrics/history', '/api/v1/hosts', '/api/v1/alerts'];

  test.each(asked)('%s: reads that host', async (path) => {
    const headers = { 'x-api-key': await gateway.createKey({ scopes: ['read'], host: 'web-1' }) };
    const metric = path.endsWith('history') ? '&metric=memory.used' : '';
    expect((await ask('GET', `${path}?host=web-1${metric}`, headers)).status).not.toBe(403);
    for (const hosts of ['host=web-2', 'host=web-1&host=web-2']) {
      const response = await ask('GET', `${path}?${hosts}${metric}`, headers);
      expect(response.status).toBe(403);
      expect(await problemOf(response)).toBe('the credential is bound to the host web-1');
    }
  });

  test.each(['/api/v1/query?query=up', '/api/v1/query_range?query=up&start=0&end=1&step=1'])(
    '%s: may not ask what cannot be narrowed',
    async (path) => {
      const headers = { 'x-api-key': await gateway.createKey({ scopes: ['admin'], host: 'web-1' }) };
      expect((await ask('GET', path, headers)).status).toBe(403);
    },
  );
});

test('health, metrics and probes need none, and tell no address', async () => {
  for (const path of ['/api/v1/health', '/metrics', '/-/healthy', '/-/ready']) {
    const response = await ask('GET', path, {});
    expect([path, response.status]).toEqual([path, 200]);
    expect(await response.text()).not.toMatch(/127\.0\.0\.1|hostpulse-gateway-/);
  }
});
