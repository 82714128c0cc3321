/** Properties of every request: headers, ids, methods, errors, metrics, and the origin of writes. */
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type RunningGateway, startGateway } from '../support/gateway.ts';

let gateway: RunningGateway;

beforeAll(async () => {
  gateway = await startGateway({ publicUrl: 'https://monitoring.example.com' });
});
afterAll(() => gateway.stop());

interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

test('every answer carries the secure headers and a request id', async () => {
  for (const path of ['/api/v1/health', '/api/v1/hosts', '/nowhere', '/login', '/metrics', '/-/ready', '/style.css']) {
    const { headers } = await gateway.fetch(path);
    expect([path, headers.get('x-content-type-options')]).toEqual([path, 'nosniff']);
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none';/);
    expect(headers.get('referrer-policy')).toBe('same-origin');
    expect(headers.get('cache-control')).toBe(path === '/style.css' ? 'max-age=86400' : 'no-store');
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('access-control-allow-origin')).toBeNull();
  }
});

test('a valid request id of the caller is returned', async () => {
  const idOf = async (id: string) =>
    (await gateway.fetch('/api/v1/health', { headers: { 'x-request-id': id } })).headers.get('x-request-id');
  expect(await idOf('job-7:retry.1')).toBe('job-7:retry.1');
  for (const id of ['a b', 'x'.repeat(129), '<script>']) expect(await idOf(id)).toMatch(/^[0-9a-f-]{36}$/);
});

test.each([
  ['GET', '/api/v1/nothing', 404, 'nothing is served at GET /api/v1/nothing'],
  ['GET', '/API/v1/health', 404, 'nothing is served at GET /API/v1/health'],
  ['POST', '/api/v1/health', 405, 'POST is not for /api/v1/health; expected GET, HEAD'],
  ['DELETE', '/api/v1/query', 405, 'DELETE is not for /api/v1/query; expected GET, HEAD, POST'],
])('%s %s is %i', async (method, path, status, title) => {
  const response = await gateway.fetch(path, { method, headers: { 'x-api-key': 'any' } });
  expect(response.status).toBe(status);
  expect(await response.json()).toEqual({ type: 'about:blank', title, status });
  if (status === 405) expect(response.headers.get('allow')).toBe(title.split('expected ')[1]);
});

describe('parameters', () => {
  test.each([
    ['/api/v1/hosts?x=1', [['x', 'unknown parameter; expected host']]],
    ['/api/v1/health?verbose', [['verbose', 'unknown parameter: this call takes none']]],
    ['/api/v1/hosts?__proto__=1&host=a', [['__proto__', 'unknown parameter; expected host']]],
    [
      '/api/v1/metrics/history?metric=cpu.usage.total&metric=memory.used&step=1&step=2',
      [
        ['metric', 'expected once, got 2 times'],
        ['step', 'expected once, got 2 times'],
      ],
    ],
    [
      '/api/v1/hosts?host=&host=a%00',
      [
        ['host[0]', 'expected a host name of 1 to 253 characters without control characters'],
        ['host[1]', 'expected a host name of 1 to 253 characters without control characters'],
      ],
    ],
    [
      '/api/v1/metrics/current?metric=cpu.usage.totl',
      [
        [
          'metric[0]',
          'expected a metric of the catalogue (docs/metrics.md), such as cpu.usage.total; got "cpu.usage.totl"',
        ],
      ],
    ],
    [
      '/api/v1/metrics/history?metric=memory.used&resolution=10s&step=-1&start=yesterday',
      [
        [
          'start',
          'expected a time in RFC 3339 (2026-01-31T12:00:00Z) or in milliseconds since the epoch, got "yesterday"',
        ],
        ['step', 'expected a duration such as 30s, 24h or 7d, or seconds; got "-1"'],
        ['resolution', 'expected auto, raw, 1m or 5m'],
      ],
    ],
    [
      '/api/v1/metrics/history?metric=memory.used&start=2&end=1',
      [['start', 'expected a time before the end, 1970-01-01T00:00:00.001Z']],
    ],
    [
      '/api/v1/metrics/history?metric=memory.used&start=1&end=2&range=1h',
      [['range', 'expected at most two of start, end and range']],
    ],
    [
      '/api/v1/metrics/history?metric=cpu.usage.user&operation=max',
      [['operation', 'cpu.usage.user: only its mean is kept; expected avg']],
    ],
    [
      '/api/v1/query_range?query=up&start=0&end=1000000&step=1',
      [['step', 'expected at least 91 s: a series has 11000 points at most']],
    ],
    ['/api/v1/query_range?query=up&start=5&end=4&step=1', [['start', 'expected a time before the end']]],
    ['/api/v1/query?query=', [['query', 'expected a PromQL expression']]],
    [
      '/api/v1/alerts?limit=1001&cursor=x&state=open',
      [
        ['state', 'expected firing or resolved'],
        ['limit', 'expected a number from 1 to 1000'],
        ['cursor', 'expected the next_cursor of an earlier response'],
      ],
    ],
  ])('%s', async (path, errors) => {
    const response = await gateway.get(path);
    const problem = (await response.json()) as Problem;
    expect(problem).toEqual({
      type: 'about:blank',
      title: 'the parameters are not valid',
      status: 400,
      errors: errors.map(([at, message]) => ({ path: at, message })),
    });
    expect(response.status).toBe(400);
  });

  test('a missing parameter is named', async () => {
    const problem = (await (await gateway.get('/api/v1/query_range?query=up')).json()) as Problem;
    expect(problem.errors?.map(({ path }) => path)).toEqual(['start', 'end', 'step']);
  });
});

describe('writes', () => {
  const post = async (headers: Readonly<Record<string, string>>, path = '/api/v1/query', body = 'query=up') => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    return gateway.fetch(path, { method: 'POST', body, headers: { ...form, ...headers } });
  };

  test.each([
    ['another site', { origin: 'http://evil.example' }, 403],
    ['a sandboxed page', { origin: 'null' }, 403],
    ['another port here', { origin: 'http://127.0.0.1:1' }, 403],
    ["the public URL's page", { origin: 'https://monitoring.example.com' }, 503],
    ['what a browser calls cross-site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['what a browser calls same-site', { 'sec-fetch-site': 'same-site' }, 403],
    ['our own page', { 'sec-fetch-site': 'same-origin' }, 503],
  ])('from %s', async (_from, headers, status) => {
    const response = await post({ ...headers, 'x-api-key': await gateway.createKey() });
    expect(response.status).toBe(status); // 503: accepted, but Prometheus is unreachable
  });

  test("are accepted from the gateway's own page by its address", async () => {
    expect((await post({ origin: gateway.url, 'x-api-key': await gateway.createKey() })).status).toBe(503);
  });

  test.each([
    ['127.0.0.1:9180', 401],
    ['[::1]:9180', 401],
    ['localhost', 401],
    ['monitoring.example.com', 401],
    ['monitoring.example.com:8443', 421],
    ['rebound.evil.example', 421],
    ['localhost.evil.example', 421],
    ['127.0.0.1.evil.example', 421],
    ['', 421],
    ['a b', 421],
  ])('under the name "%s" without a key', async (host, status) => {
    expect(await postAs(host, { 'content-type': 'application/x-www-form-urlencoded' })).toBe(status);
  });

  test('are accepted under any host name with a key', async () => {
    expect(await postAs('gateway.internal', { 'x-api-key': await gateway.createKey({ scopes: ['push'] }) })).toBe(401);
  });

  /** Sends an invalid login with a given Host header, which fetch does not allow. */
  function postAs(host: string, headers: Readonly<Record<string, string>>): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const options = { method: 'POST', headers: { ...headers, host }, setHost: false };
      const sent = request(`${gateway.url}/login`, options, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sent.once('error', reject).end('key=wrong');
    });
  }

  test('of another content type are refused', async () => {
    const response = await post({ 'content-type': 'text/plain', 'x-api-key': await gateway.createKey() });
    expect(response.status).toBe(415);
    expect(((await response.json()) as Problem).errors).toEqual([
      { path: 'Content-Type', message: 'expected application/x-www-form-urlencoded' },
    ]);
  });

  test('that are too long are refused', async () => {
    const response = await post(
      { 'x-api-key': await gateway.createKey() },
      '/api/v1/query',
      `query=${'x'.repeat(300_000)}`,
    );
    expect(response.status).toBe(413);
    expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  });
});

test('metrics count by route, and unknown paths create no series', async () => {
  await gateway.get('/api/v1/hosts?x=1');
  await gateway.fetch('/random/1');
  await gateway.fetch('/random/2', { method: 'PROPFIND' });
  const text = await (await gateway.fetch('/metrics')).text();
  expect(text).toMatch(/^hostpulse_gateway_http_requests_total\{route="hosts",method="GET",code="400"\} \d+$/m);
  expect(text).toMatch(/^hostpulse_gateway_http_requests_total\{route="none",method="GET",code="404"\} \d+$/m);
  expect(text).toMatch(/^hostpulse_gateway_http_requests_total\{route="none",method="other",code="404"\} 1$/m);
  expect(text).toMatch(/^hostpulse_gateway_http_request_duration_seconds_count\{route="hosts"\} \d+$/m);
  expect(text).toMatch(/^hostpulse_build_info\{program="gateway",/m);
  expect(text).not.toContain('random');
});
