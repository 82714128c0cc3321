/** Sessions of the page: login, return to the requested address, expiry, outages of the gateway. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { createLoginToken } from '../../common/store/credentials/sessions.ts';
import { launchChromium } from '../support/chromium.ts';
import { type RunningGateway, startGateway } from '../support/gateway.ts';
import { freePort } from '../support/process.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostpulse-console-'));
let browser: Browser;
let gateway: RunningGateway;
let port: number;

function start(): Promise<RunningGateway> {
  return startGateway({ databasePath: join(folder, 'hostpulse.db'), listenAddresses: [{ host: '127.0.0.1', port }] });
}

beforeAll(async () => {
  port = await freePort();
  [browser, gateway] = await Promise.all([launchChromium(), start()]);
}, 60_000);

afterAll(async () => {
  await browser.close();
  await gateway.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Opens a page without a session. */
async function visit(path: string): Promise<Page> {
  const page = await (await browser.newContext({ timezoneId: 'UTC' })).newPage();
  await page.goto(`${gateway.url}${path}`);
  return page;
}

async function logIn(page: Page): Promise<void> {
  await page.getByLabel('API key').fill(await gateway.createKey());
  await page.getByRole('button', { name: 'Log in' }).click();
}

const deep = '/d/hostpulse-cpu?from=now-6h&to=now&var-instance=web-1';

test('a visit without a session leads to the login, then to the requested address', async () => {
  const page = await visit(deep);
  await page.waitForURL('**/login?next=**');
  await page.getByLabel('API key').fill('hp_wrong');
  await page.getByRole('button', { name: 'Log in' }).click();
  expect(await page.getByRole('alert').innerText()).toBe('The key or link is unknown, expired or revoked.');
  const field = page.getByLabel('API key');
  expect([await field.getAttribute('aria-invalid'), await field.getAttribute('aria-describedby')]).toEqual([
    'true',
    await page.getByRole('alert').getAttribute('id'),
  ]);
  await logIn(page);
  await page.waitForURL(`**${deep}`);
  await page.getByRole('heading', { name: 'CPU', exact: true, level: 1 }).waitFor();
  // There is no Prometheus.
  await page.getByText('Prometheus is not answering').first().waitFor();
  await page.context().close();
});

test('a login link works once; logging out ends the session', async () => {
  const nowMs = Date.now();
  const token = await createLoginToken(gateway.store.db, { scopes: ['admin'], lifetimeMs: 60_000, nowMs });
  const page = await visit(`/login?token=${token}`);
  await page.waitForURL('**/d/hostpulse-overview');
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByText('Login link (admin)').waitFor();
  await page.getByText('Read and change').waitFor();
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.waitForURL('**/login');
  await page.goto(`${gateway.url}/`);
  await page.waitForURL('**/login');
  await page.context().close();
});

test('a session that expires on an open page leads to the login, and back', async () => {
  const page = await visit(deep);
  await page.waitForURL('**/login?next=**');
  await logIn(page);
  await page.waitForURL(`**${deep}`);
  await page.getByText('Prometheus is not answering').first().waitFor();
  await gateway.store.db.deleteFrom('sessions').execute();
  await page.getByRole('link', { name: 'Alerts', exact: true }).click();
  await page.waitForURL('**/login?next=**');
  await logIn(page);
  await page.waitForURL('**/alerts');
  await page.context().close();
});

test('an outage of the gateway shows a banner, and the page resumes after it', async () => {
  const page = await visit('/');
  await page.waitForURL('**/login');
  await logIn(page);
  await page.waitForURL('**/d/hostpulse-overview');
  await page.getByText('Prometheus is not answering').first().waitFor();
  await gateway.stop();
  await page.keyboard.press('r');
  const banner = page.locator('.banner', { hasText: 'The gateway is not answering since' });
  await banner.waitFor();
  gateway = await start();
  await banner.waitFor({ state: 'detached' });
  await page.getByText('Prometheus is not answering').first().waitFor();
  await page.context().close();
});

test('the browser stores the theme', async () => {
  const page = await visit('/');
  await page.waitForURL('**/login');
  await logIn(page);
  await page.getByRole('button', { name: 'Theme: system; switch to light' }).click();
  await page.getByRole('button', { name: 'Theme: light; switch to dark' }).click();
  await page.reload();
  await page.getByRole('button', { name: 'Theme: dark; switch to system' }).waitFor();
  expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
  await page.context().close();
});
