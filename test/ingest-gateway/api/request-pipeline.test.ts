/** The gateway below a path: behind proxies that pass the path on, and behind proxies that remove it. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createLoginToken } from '../../../common/store/credentials/sessions.ts';
import { type RunningGateway, startGateway } from '../../support/gateway.ts';

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway({ publicUrl: 'https://mon.example.com/pulse' });
});
afterAll(() => gateway.stop());

describe.each(['', '/pulse'])('requests below %j', (prefix) => {
  const get = (path: string) => fetch(`${gateway.url}${prefix}${path}`, { redirect: 'manual' });

  test('reach the API', async () => {
    expect((await get('/api/v1/openapi.json')).status).toBe(200);
    expect(await (await get('/api/v1/openapi.json')).json()).toMatchObject({ servers: [{ url: '/pulse' }] });
    expect((await get('/api/v1/hosts')).status).toBe(401);
  });

  test('get pages whose links have the path', async () => {
    const page = await (await get('/login')).text();
    expect(page).toContain('<form method="post" action="/pulse/login">');
    expect(page).toMatch(/href="\/pulse\/style\.css\?v=/);
    expect(page).not.toMatch(/(?:href|action)="\/(?!pulse\/)/);
  });

  test('a login link sets a cookie for the path and continues below it', async () => {
    const options = { scopes: ['read'], lifetimeMs: 60_000, nowMs: Date.now() } as const;
    const token = await createLoginToken(gateway.store.db, options);
    const entered = await get(`/login?token=${token}&next=/alerts`);
    expect(entered.headers.get('set-cookie')).toMatch(/; Path=\/pulse;.*; Secure/);
    expect(await entered.text()).toContain('content="0;url=/pulse/alerts"');
    const cookie = entered.headers.get('set-cookie')?.split(';')[0] ?? '';
    const again = await fetch(`${gateway.url}${prefix}/login?token=${token}&next=/alerts`, {
      headers: { cookie },
      redirect: 'manual',
    });
    expect([again.status, again.headers.get('location')]).toEqual([303, '/pulse/alerts']);
  });
});

test('the path itself is the page, and a longer name is another path', async () => {
  expect((await fetch(`${gateway.url}/pulse`)).status).not.toBe(404);
  expect((await fetch(`${gateway.url}/pulses`)).status).toBe(404);
});

test('the install line has the path', async () => {
  const script = await (await fetch(`${gateway.url}/install`)).text();
  expect(script).toContain('\nserver_url=https://mon.example.com/pulse\n');
});
