/** Login: no access without a session, one-time links, the form for keys, and escaped HTML. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createLoginToken } from '../../../common/store/credentials/sessions.ts';
import { html } from '../../../ingest-gateway/web/html/html.ts';
import { type RunningGateway, startGateway } from '../../support/gateway.ts';

let gateway: RunningGateway;

beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

const form = 'application/x-www-form-urlencoded';

async function makeLink(): Promise<string> {
  const token = await createLoginToken(gateway.store.db, { scopes: ['admin'], lifetimeMs: 60_000, nowMs: Date.now() });
  return `${gateway.url}/login?token=${token}`;
}

function open(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(path.startsWith('http') ? path : `${gateway.url}${path}`, { redirect: 'manual', ...init });
}

function cookieOf(response: Response): string {
  return (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
}

test('without a session, only the shell and the login form are served', async () => {
  for (const path of ['/page/session', '/page/dashboards', '/page/dashboards/x', '/page/alerting-rules']) {
    const response = await open(path);
    expect([path, response.status]).toEqual([path, 401]);
    expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  }
  const response = await open('/login');
  expect(response.status).toBe(401);
  const text = await response.text();
  expect(text).toContain('hostpulse key login-link');
  expect(text).not.toContain('/api/v1/');
});

describe('an unknown URL', () => {
  const browser = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };

  test('gives a browser a page with a link to the overview', async () => {
    const response = await open('/nosuchpage<b>', { headers: browser });
    expect([response.status, response.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8']);
    const text = await response.text();
    expect(text).toContain('<a href="/">');
    expect(text).not.toContain('<b>');
  });

  test.each([
    ['/nosuchpage', {}],
    ['/nosuchpage', { accept: 'application/json' }],
    ['/api/v1/nosuchcall', browser],
    ['/v1/nosuchcall', browser],
  ])('%s for %j is a problem', async (path, headers) => {
    const response = await open(path, { headers });
    expect([response.status, response.headers.get('content-type')]).toEqual([
      404,
      'application/problem+json; charset=utf-8',
    ]);
  });
});

describe('a login link', () => {
  test('opens a session for the page and the API, once', async () => {
    const link = await makeLink();
    const first = await open(link);
    expect(first.status).toBe(200);
    expect(first.headers.get('set-cookie')).toMatch(
      /^hostpulse_session=[A-Za-z0-9_-]{43}; Max-Age=604800; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Strict$/,
    );
    const cookie = cookieOf(first);
    const session = await open('/page/session', { headers: { cookie } });
    expect(await session.json()).toEqual({ name: 'login link', may_write: true, version: '0.0.0' });
    expect((await open('/api/v1/alerts', { headers: { cookie } })).status).toBe(200);
    const second = await open(link);
    expect([second.status, second.headers.get('set-cookie')]).toEqual([401, null]);
    expect(await second.text()).toContain('This link was used already, or has expired.');
    const again = await open(link, { headers: { cookie } });
    expect([again.status, again.headers.get('location')]).toEqual([303, '/']);
  });

  test('is not logged', async () => {
    const link = await makeLink();
    await open(link);
    expect(gateway.log()).toContain('path=/login');
    expect(gateway.log()).not.toContain(new URL(link).searchParams.get('token'));
  });

  test('is not used up by previews', async () => {
    const link = await makeLink();
    for (const init of [
      { method: 'HEAD' },
      { headers: { 'sec-purpose': 'prefetch' } },
      { headers: { purpose: 'preview' } },
    ]) {
      const response = await open(link, init);
      expect([response.status, response.headers.get('set-cookie')]).toEqual([204, null]);
    }
    expect(cookieOf(await open(link))).toMatch(/^hostpulse_session=/);
  });

  test('works as a form, too', async () => {
    const token = new URL(await makeLink()).searchParams.get('token');
    const response = await open('/login', {
      method: 'POST',
      headers: { 'content-type': form },
      body: `token=${token}`,
    });
    expect([response.status, response.headers.get('location')]).toEqual([303, '/']);
    expect(cookieOf(response)).toMatch(/^hostpulse_session=/);
  });

  test('sets a secure cookie when people use TLS', async () => {
    const secure = await startGateway({ publicUrl: 'https://monitoring.example.com' });
    const nowMs = Date.now();
    const token = await createLoginToken(secure.store.db, { scopes: ['read'], lifetimeMs: 60_000, nowMs });
    expect((await fetch(`${secure.url}/login?token=${token}`)).headers.get('set-cookie')).toContain('; Secure;');
    await secure.stop();
  });
});

describe('a key in the form', () => {
  const send = (body: string, headers: Readonly<Record<string, string>> = {}) =>
    open('/login', { method: 'POST', headers: { 'content-type': form, ...headers }, body });

  test('opens a session with the scopes of the key', async () => {
    const key = await gateway.createKey({ scopes: ['read'] });
    const cookie = cookieOf(await send(`key=${key}`));
    expect((await open('/page/session', { headers: { cookie } })).status).toBe(200);
    expect((await open('/api/v1/silences/x', { method: 'DELETE', headers: { cookie } })).status).toBe(403);
  });

  test('that may only push is refused with the reason', async () => {
    const answer = await send(`key=${await gateway.createKey({ scopes: ['push'] })}`);
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([401, null]);
    expect(await answer.text()).toContain('This key cannot read');
  });

  test('is refused when wrong, and from other sites', async () => {
    expect((await send('key=wrong')).status).toBe(401);
    expect((await send('')).status).toBe(401);
    const key = await gateway.createKey();
    expect((await send(`key=${key}`, { origin: 'http://evil.example' })).status).toBe(403);
  });
});

test('logout ends the session', async () => {
  const cookie = cookieOf(await open(await makeLink()));
  const out = await open('/logout', { method: 'POST', headers: { cookie } });
  expect([out.status, out.headers.get('location')]).toEqual([303, '/login']);
  expect(out.headers.get('set-cookie')).toEqual(expect.stringContaining('hostpulse_session=;'));
  expect((await open('/page/session', { headers: { cookie } })).status).toBe(401);
});

test('html escapes everything except Html values', () => {
  const inner = html`<i>${'<&"\'>'}</i>`;
  expect(html`<b title="${'"x"'}">${inner}${[inner]}${3}</b>`.text).toBe(
    '<b title="&quot;x&quot;"><i>&lt;&amp;&quot;&#39;&gt;</i><i>&lt;&amp;&quot;&#39;&gt;</i>3</b>',
  );
});

test.each([
  ['/d/cpu?from=now-6h&var-instance=web-1', '/d/cpu?from=now-6h&var-instance=web-1'],
  ['//evil.example/', '/'],
  ['/\\evil.example/', '/'],
  ['https://evil.example/', '/'],
  ['/a\nb', '/'],
  ['', '/'],
])('after the log-in to %j it goes to %s', async (next, place) => {
  const key = await gateway.createKey();
  const body = String(new URLSearchParams({ key, next }));
  const response = await open('/login', { method: 'POST', headers: { 'content-type': form }, body });
  expect([response.status, response.headers.get('location')]).toEqual([303, place]);
});

test('the login form keeps the requested path, escaped', async () => {
  const response = await open(`/login?next=${encodeURIComponent('/d/"x"?a=1&b=2')}`);
  expect(await response.text()).toContain('name="next" value="/d/&quot;x&quot;?a=1&amp;b=2"');
});
