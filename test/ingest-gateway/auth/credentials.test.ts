/** Every call with every kind of credential, scope and host: which are accepted, and the answers to the others. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { SignJWT } from 'jose';
import { type Scope, scopes } from '../../../common/http/auth.ts';
import { Secret } from '../../../common/program/settings/secret.ts';
import {
  createApiKey,
  listApiKeys,
  tryRevokeApiKey,
  tryValidKey,
  type ValidKey,
} from '../../../common/store/credentials/api-keys.ts';
import { createLoginToken, tryOpenSession } from '../../../common/store/credentials/sessions.ts';
import { openStore, type Store } from '../../../common/store/open.ts';
import { routes } from '../../../ingest-gateway/api/routes/index.ts';
import { type ApiKeyCache, createApiKeyCache } from '../../../ingest-gateway/auth/credentials.ts';
import { type RunningGateway, startGateway } from '../../support/gateway.ts';
import { writeBody, writeHeaders } from '../../support/pushes.ts';

const jwtSecret = 'a secret of more than thirty-two bytes';
let gateway: RunningGateway;
let expiredKey: string;
let revokedKey: string;

beforeAll(async () => {
  gateway = await startGateway({ failedCredentialsPerMinute: 100_000, jwtSecret: new Secret(jwtSecret) });
  const nowMs = Date.now();
  const { db } = gateway.store;
  const expired = await createApiKey(db, { name: 'expired', scopes: ['admin'], expiresAtMs: nowMs - 1, nowMs });
  const revoked = await createApiKey(db, { name: 'revoked', scopes: ['admin'], nowMs });
  await tryRevokeApiKey(db, revoked.keyId, nowMs);
  [expiredKey, revokedKey] = [expired.key, revoked.key];
});
afterAll(() => gateway.stop());

/** A call that is valid except for its credential, for the given host if it names one, and its answer. */
interface Call {
  readonly call: string;
  readonly init: (host: string) => { readonly path: string; readonly body?: RequestInit['body'] };
  readonly headers?: Readonly<Record<string, string>>;
  /** 503: accepted, but Prometheus is unreachable. */
  readonly status: number;
  /** A credential bound to a host may not call. */
  readonly isUnbound?: true;
  /** The call names no host; only Alertmanager knows the host of the silence. */
  readonly namesNoHost?: true;
  /** With a credential bound to a host; absent: `status`. */
  readonly boundStatus?: number;
}

const at = (path: string) => (host: string) => ({ path: path.replace('HOST', host) });
const form = { 'content-type': 'application/x-www-form-urlencoded' };
const anId = '0f0e2b9c-7a52-4d0e-9c59-0f6f2f8f3a11';
const aRule = JSON.stringify({ name: 'A', expr: 'up', operator: '<', threshold: 1 });
const json = { 'content-type': 'application/json' };
const series = (host: string) => ({
  labels: { __name__: 'up_once', instance: host, job: 'node' },
  points: [[Date.now(), 1] as const],
});
const otlpBody = (host: string) => ({
  resourceMetrics: [
    {
      resource: { attributes: [{ key: 'host.name', value: { stringValue: host } }] },
      scopeMetrics: [
        { metrics: [{ name: 'a', gauge: { dataPoints: [{ asDouble: 1, timeUnixNano: `${Date.now()}000000` }] } }] },
      ],
    },
  ],
});

const calls: readonly Call[] = [
  { call: 'GET /api/v1/metrics/current', init: at('/api/v1/metrics/current?host=HOST'), status: 503 },
  {
    call: 'GET /api/v1/metrics/history',
    init: at('/api/v1/metrics/history?host=HOST&metric=memory.used'),
    status: 503,
  },
  { call: 'GET /api/v1/hosts', init: at('/api/v1/hosts?host=HOST'), status: 503 },
  { call: 'GET /api/v1/alerts', init: at('/api/v1/alerts?host=HOST'), status: 200 },
  // Selectors are limited to the host of a bound credential, even if they name another host.
  { call: 'GET /api/v1/query', init: at('/api/v1/query?query=up'), status: 503, namesNoHost: true },
  {
    call: 'GET /api/v1/query_range',
    init: at('/api/v1/query_range?query=up&start=0&end=1&step=1'),
    status: 503,
    namesNoHost: true,
  },
  { call: 'GET /api/v1/query_exemplars', init: at('/api/v1/query_exemplars?query=up'), status: 503, namesNoHost: true },
  { call: 'GET /api/v1/series', init: at('/api/v1/series?match[]=up'), status: 503, namesNoHost: true },
  { call: 'GET /api/v1/labels', init: at('/api/v1/labels'), status: 503, namesNoHost: true },
  { call: 'GET /api/v1/label/{name}/values', init: at('/api/v1/label/job/values'), status: 503, namesNoHost: true },
  ...['query=up', 'query=up&start=0&end=1&step=1', 'query=up', 'match[]=up', 'start=0'].map((body, index): Call => {
    const path = `/api/v1/${['query', 'query_range', 'query_exemplars', 'series', 'labels'][index]}`;
    return { call: `POST ${path}`, init: () => ({ path, body }), headers: form, status: 503, namesNoHost: true };
  }),
  { call: 'GET /api/v1/metadata', init: at('/api/v1/metadata'), status: 503, isUnbound: true },
  { call: 'GET /api/v1/rules', init: at('/api/v1/rules'), status: 503, isUnbound: true },
  { call: 'GET /api/v1/status/buildinfo', init: at('/api/v1/status/buildinfo'), status: 503, namesNoHost: true },
  { call: 'GET /api/v1/top', init: at('/api/v1/top?host=HOST'), status: 200 },
  {
    call: 'POST /api/v1/top',
    init: (host) => ({ path: '/api/v1/top', body: JSON.stringify({ host, records: [] }) }),
    headers: json,
    status: 202,
  },
  // The alert does not exist, for bound credentials too.
  {
    call: 'POST /api/v1/alerts/{id}/ack',
    init: () => ({ path: '/api/v1/alerts/7/ack', body: '{}' }),
    headers: json,
    status: 404,
    namesNoHost: true,
  },
  { call: 'DELETE /api/v1/alerts/{id}/ack', init: at('/api/v1/alerts/7/ack'), status: 404, namesNoHost: true },
  { call: 'GET /api/v1/alerts/active', init: at('/api/v1/alerts/active?host=HOST'), status: 503 },
  { call: 'GET /api/v1/alerts/channels', init: at('/api/v1/alerts/channels'), status: 200, isUnbound: true },
  { call: 'GET /api/v1/alerts/rules', init: at('/api/v1/alerts/rules'), status: 200, isUnbound: true },
  {
    call: 'POST /api/v1/alerts/rules',
    init: () => ({ path: '/api/v1/alerts/rules', body: aRule }),
    headers: json,
    status: 503,
    isUnbound: true,
  },
  {
    call: 'GET /api/v1/alerts/rules/{id}',
    init: at('/api/v1/alerts/rules/rule-00000000'),
    status: 404,
    isUnbound: true,
  },
  {
    call: 'PUT /api/v1/alerts/rules/{id}',
    init: () => ({ path: '/api/v1/alerts/rules/rule-00000000', body: aRule }),
    headers: json,
    status: 404,
    isUnbound: true,
  },
  {
    call: 'DELETE /api/v1/alerts/rules/{id}',
    init: at('/api/v1/alerts/rules/rule-00000000'),
    status: 404,
    isUnbound: true,
  },
  { call: 'GET /api/v1/silences', init: at('/api/v1/silences?host=HOST'), status: 503 },
  {
    call: 'POST /api/v1/silences',
    init: (host) => ({
      path: '/api/v1/silences',
      body: JSON.stringify({ matchers: [{ name: 'instance', value: host }], duration: '1h', comment: 'a' }),
    }),
    headers: json,
    status: 503,
  },
  { call: 'GET /api/v1/silences/{id}', init: at(`/api/v1/silences/${anId}`), status: 503, namesNoHost: true },
  { call: 'DELETE /api/v1/silences/{id}', init: at(`/api/v1/silences/${anId}`), status: 503, namesNoHost: true },
  {
    call: 'POST /api/v1/metrics/collect',
    init: (host) => ({
      path: '/api/v1/metrics/collect',
      body: JSON.stringify({ host, metrics: [{ name: 'cpu.usage.total', value: 1 }] }),
    }),
    headers: json,
    status: 202,
  },
  {
    call: 'POST /api/v1/write',
    init: (host) => ({ path: '/api/v1/write', body: new Uint8Array(writeBody([series(host)])) }),
    headers: writeHeaders,
    status: 204,
  },
  {
    call: 'POST /v1/metrics',
    init: (host) => ({ path: '/v1/metrics', body: JSON.stringify(otlpBody(host)) }),
    headers: json,
    status: 200,
  },
  { call: 'GET /api/v1/hosts/agents', init: at('/api/v1/hosts/agents'), status: 200, namesNoHost: true },
  { call: 'GET /api/v1/hosts/self', init: at('/api/v1/hosts/self'), status: 403, boundStatus: 200, namesNoHost: true },
  {
    call: 'POST /api/v1/hosts/tokens',
    init: (host) => ({ path: '/api/v1/hosts/tokens', body: JSON.stringify({ host }) }),
    headers: json,
    status: 201,
  },
  {
    call: 'POST /api/v1/hosts/targets',
    init: (host) => ({ path: '/api/v1/hosts/targets', body: JSON.stringify({ host, address: 'a:9100' }) }),
    headers: json,
    status: 409,
  },
  { call: 'GET /api/v1/sessions', init: at('/api/v1/sessions'), status: 200, namesNoHost: true },
  { call: 'DELETE /api/v1/sessions', init: at('/api/v1/sessions'), status: 200, namesNoHost: true },
  {
    call: 'DELETE /api/v1/sessions/{id}',
    init: at('/api/v1/sessions/9f86d081884c7d65'),
    status: 404,
    namesNoHost: true,
  },
];

const guarded = routes.filter(({ scope }) => scope !== null);

test('the table has every call', () => {
  const listed = guarded.flatMap(({ methods, path }) => methods.map((method) => `${method} ${path}`));
  expect(calls.map(({ call }) => call).sort()).toEqual(listed.sort());
});

function scopeOf({ call }: Call): Scope {
  const route = guarded.find(({ methods, path }) => methods.some((method) => `${method} ${path}` === call));
  if (route === undefined || route.scope === null) throw new Error(`${call} is not in the list`);
  return route.scope;
}

/** Returns the answer, checked against the OpenAPI document. */
function ask(
  { call, init, headers = {} }: Call,
  credential: Readonly<Record<string, string>>,
  host = 'web-1',
): Promise<Response> {
  const { path, body } = init(host);
  return gateway.fetch(path, {
    method: call.split(' ')[0] as string,
    headers: { ...headers, ...credential },
    ...(body === undefined ? {} : { body }),
  });
}

async function problemOf(response: Response) {
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  const problem = (await response.json()) as { status: number; title: string };
  expect(problem.status).toBe(response.status);
  return problem.title;
}

function jwt(claims: Readonly<Record<string, unknown>>): Promise<string> {
  return new SignJWT({ sub: 'a', exp: Math.floor(Date.now() / 1_000) + 600, ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(Buffer.from(jwtSecret));
}

describe.each(calls)('$call', (call) => {
  test('needs a credential, on loopback too', async () => {
    const response = await ask(call, {});
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="hostpulse"');
    expect(await problemOf(response)).toMatch(/^a credential is needed/);
  });

  test('refuses a credential that is unknown, truncated, expired or revoked', async () => {
    const expired = await jwt({ scope: 'admin', exp: 1 });
    const wrong = [`hp_00000000_${'A'.repeat(43)}`, expiredKey, revokedKey, expiredKey.slice(0, -2), 'x', expired];
    for (const key of wrong) {
      for (const credential of [
        { authorization: `Bearer ${key}` },
        { 'x-api-key': key },
        { cookie: `hostpulse_session=${key}` },
      ]) {
        const response = await ask(call, { ...credential });
        expect([credential, response.status]).toEqual([credential, 401]);
        expect(response.headers.get('www-authenticate')).toBe('Bearer realm="hostpulse", error="invalid_token"');
        expect(await problemOf(response)).toBe('the credential is unknown, expired or revoked');
      }
    }
  });

  test('refuses a credential in another form', async () => {
    for (const authorization of ['Basic dTpw', 'Bearer', 'Bearer a b', expiredKey]) {
      const response = await ask(call, { authorization });
      expect([authorization, response.status]).toEqual([authorization, 401]);
      expect(await problemOf(response)).toBe('Authorization: expected "Bearer <key>"');
    }
  });

  test.each(scopes)('with the scope %s, by key, token and session', async (held: Scope) => {
    const key = await gateway.createKey({ scopes: [held] });
    const nowMs = Date.now();
    const link = await createLoginToken(gateway.store.db, { scopes: [held], lifetimeMs: 60_000, nowMs });
    const session = await tryOpenSession(gateway.store.db, link, nowMs);
    const needed = scopeOf(call);
    for (const credential of [
      { cookie: `other=1; hostpulse_session=${session?.token}` }, // first: a call may end all sessions
      { authorization: `Bearer ${key}` },
      { authorization: `bearer  ${key}` },
      { 'x-api-key': key },
      { authorization: `Bearer ${await jwt({ scope: held })}` },
    ]) {
      const response = await ask(call, { ...credential });
      if (held === needed || held === 'admin') {
        expect([credential, response.status]).toEqual([credential, call.status]);
      } else {
        expect([credential, response.status]).toEqual([credential, 403]);
        expect(response.headers.get('www-authenticate')).toBe(
          `Bearer realm="hostpulse", error="insufficient_scope", scope="${needed}"`,
        );
        expect(await problemOf(response)).toBe(`scope "${needed}" is needed; the credential has ${held}`);
      }
    }
  });

  test('an invalid header is refused even with a valid cookie', async () => {
    const nowMs = Date.now();
    const link = await createLoginToken(gateway.store.db, { scopes: ['admin'], lifetimeMs: 60_000, nowMs });
    const session = await tryOpenSession(gateway.store.db, link, nowMs);
    const response = await ask(call, { cookie: `hostpulse_session=${session?.token}`, 'x-api-key': 'wrong' });
    expect(response.status).toBe(401);
  });

  test('a credential bound to a host is restricted to the host', async () => {
    const scope = scopeOf(call);
    const key = await gateway.createKey({ scopes: [scope], host: 'web-1' });
    for (const token of [key, await jwt({ scope, host: 'web-1' })]) {
      const credential = { authorization: `Bearer ${token}` };
      expect((await ask(call, credential)).status).toBe(
        call.isUnbound === true ? 403 : (call.boundStatus ?? call.status),
      );
      if (call.namesNoHost === true) continue;
      if (call.call !== 'POST /api/v1/write') {
        const other = await ask(call, credential, 'web-2');
        expect(other.status).toBe(403);
        expect(await problemOf(other)).toMatch(/^the credential is bound to the host web-1/);
      } else {
        // A remote write request may contain series of other hosts: its own are stored, the others are named.
        const other = await ask(call, credential, 'web-2');
        expect(other.status).toBe(400);
        expect(await problemOf(other)).toBe('1 samples were not stored; the others are stored');
      }
    }
  });
});

test('health, metrics, the document and probes need no credential and contain no address', async () => {
  for (const path of ['/api/v1/health', '/metrics', '/-/healthy', '/-/ready', '/api/v1/openapi.json', '/docs']) {
    const response = await gateway.fetch(path);
    expect([path, response.status]).toEqual([path, 200]);
    const text = await response.text();
    expect(text).not.toMatch(/127\.0\.0\.1:|localhost|hostpulse-gateway-|\/tmp\//);
    for (const secret of [jwtSecret, expiredKey, revokedKey]) expect(text).not.toContain(secret);
  }
});

const startMs = 1_795_395_685_000;
let folder: string;
let store: Store;
/** A second connection, as of `hostpulse key revoke`. */
let other: Store;
let nowMs: number;
let looks: number;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hostpulse-known-keys-'));
  const path = join(folder, 'store.db');
  store = await openStore({ path, durability: 'process' });
  other = await openStore({ path });
  [nowMs, looks] = [startMs, 0];
});
afterEach(async () => {
  await store.close();
  await other.close();
  rmSync(folder, { recursive: true, force: true });
});

function look(key: string): Promise<ValidKey | undefined> {
  looks += 1;
  return tryValidKey(store.db, key, nowMs);
}

function knownKeys(changes: () => number | undefined = () => store.changes()): ApiKeyCache {
  return createApiKeyCache({ look, changes, now: () => nowMs });
}

const makeKey = (expiresAtMs?: number) =>
  createApiKey(other.db, { name: 'a', scopes: ['push'], expiresAtMs, nowMs: startMs - 1 });

test('a key is looked up once for any number of uses', async () => {
  const { key, keyId } = await makeKey();
  const keys = knownKeys();
  for (let count = 0; count < 5; count++) expect((await keys.find(key))?.id).toBe(keyId);
  expect(looks).toBe(1);
});

test('a key revoked by another program is refused at its next use', async () => {
  const { key, keyId } = await makeKey();
  const keys = knownKeys();
  expect(await keys.find(key)).toBeDefined();
  await tryRevokeApiKey(other.db, keyId, nowMs);
  expect(await keys.find(key)).toBeUndefined();
});

test('a key revoked during its lookup is not cached', async () => {
  const { key, keyId } = await makeKey();
  const keys: ApiKeyCache = createApiKeyCache({
    async look(asked) {
      const found = await look(asked);
      await tryRevokeApiKey(other.db, keyId, nowMs);
      return found;
    },
    changes: () => store.changes(),
    now: () => nowMs,
  });
  await keys.find(key);
  expect(await keys.find(key)).toBeUndefined();
});

test('a key expires to the millisecond', async () => {
  const { key } = await makeKey(startMs + 1_000);
  const keys = knownKeys();
  nowMs = startMs + 999;
  expect(await keys.find(key)).toBeDefined();
  nowMs = startMs + 1_000;
  expect(await keys.find(key)).toBeUndefined();
});

test('the last use of a cached key is recorded to the minute', async () => {
  const { key } = await makeKey();
  const keys = knownKeys();
  for (const ageMs of [0, 30_000, 59_999, 60_000, 90_000]) {
    nowMs = startMs + ageMs;
    await keys.find(key);
  }
  expect((await listApiKeys(other.db))[0]?.lastUsedAtMs).toBe(startMs + 60_000);
});

test('a wrong key is never cached', async () => {
  const keys = knownKeys();
  const wrong = `hp_00000000_${'x'.repeat(43)}`;
  expect(await keys.find(wrong)).toBeUndefined();
  expect(await keys.find(wrong)).toBeUndefined();
  expect(looks).toBe(2);
});

test('a key is cached for one second where the database does not report changes', async () => {
  const { key, keyId } = await makeKey();
  const keys = knownKeys(() => undefined);
  await keys.find(key);
  await tryRevokeApiKey(other.db, keyId, nowMs);
  nowMs = startMs + 1_000;
  expect(await keys.find(key)).toBeUndefined();
});
