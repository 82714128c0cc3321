/**
 * Tests the page on a stack that `hostpulse up` started: login link, every dashboard at every range in the first minutes, an
 * alert from a rule of the form, and a gateway that hangs, dies and restarts.
 */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { quickRanges } from '../../common/dashboard/conventions.ts';
import { launchChromium, still } from '../support/chromium.ts';
import { dashboards } from '../support/dashboards.ts';
import { eventually } from '../support/eventually.ts';
import { lookAt, wellLooking } from '../support/page-checks.ts';
import { type RunningStack, startStack } from '../support/stack.ts';

let stack: RunningStack;
let browser: Browser;
let context: BrowserContext;
let page: Page;
const faults: string[] = [];

/** Taller than every dashboard, so that all panels are on the screen. */
const whole = { width: 1_400, height: 5_200 };

beforeAll(async () => {
  [stack, browser] = await Promise.all([startStack({ relayConfig: 'channels: {}\n' }), launchChromium()]);
  context = await browser.newContext({ viewport: whole, baseURL: stack.urls.gateway, timezoneId: 'UTC', ...still });
  context.setDefaultTimeout(60_000);
  page = await open();
}, 150_000);

afterAll(async () => {
  await browser.close();
  await stack.remove();
}, 60_000);

/** Opens a tab of the session. */
async function open(): Promise<Page> {
  const tab = await context.newPage();
  tab.on('pageerror', (error) => faults.push(error.stack ?? error.message));
  return tab;
}

/** Waits until every panel has its answer. */
async function settled(tab: Page): Promise<void> {
  await tab.locator('.panel').first().waitFor();
  await tab.locator('.panel[aria-busy="true"]').first().waitFor({ state: 'detached' });
}

async function chooseRange(tab: Page, label: string): Promise<void> {
  await tab.getByRole('button', { name: /^Time range: / }).click();
  await tab.getByRole('list', { name: 'Quick ranges' }).getByRole('button', { name: label }).click();
  await tab.getByRole('button', { name: `Time range: ${label}` }).waitFor();
}

/** Finds a chart. The chart's label for screen readers contains the range. */
const chartOf = (tab: Page, title: string): Locator =>
  tab.getByRole('region', { name: title }).getByRole('img').first();

/** Waits until the dashboard refreshes: the range of its first chart ends later. */
async function movesOn(tab: Page, title: string): Promise<void> {
  const before = await chartOf(tab, title).getAttribute('aria-label');
  await eventually({ what: `a later range than "${before}"`, limitMs: 45_000 }, async () => {
    const now = await chartOf(tab, title).getAttribute('aria-label');
    return now !== before ? now : undefined;
  });
}

test('the link that `up` prints logs in once, and shows this host', async () => {
  const link = /http\S+\/login\?token=\S+/.exec(stack.output())?.[0] ?? 'no link was printed';
  await page.goto(link);
  await page.waitForURL('**/d/hostpulse-overview');
  await page.getByRole('region', { name: 'Hosts up' }).getByText('1', { exact: true }).waitFor();
  const stranger = await browser.newContext();
  const second = await stranger.newPage();
  await second.goto(link);
  await second.getByLabel('API key').waitFor();
  await stranger.close();
});

test('host and range survive a change of the dashboard and a reload; the page refreshes', async () => {
  await page.goto('/d/hostpulse-cpu?refresh=5s');
  await settled(page);
  await chooseRange(page, 'Last 15 minutes');
  await page.keyboard.press('/');
  await page.getByRole('option', { name: hostname() }).waitFor();
  await page.keyboard.type(hostname());
  await page.keyboard.press('Enter');
  await page.waitForURL(/from=now-15m&to=now.*var-instance=/);
  await page.getByRole('link', { name: 'Memory', exact: true }).first().click();
  await page.waitForURL(/\/d\/hostpulse-memory\?.*var-instance=/);
  await page.reload();
  await page.getByRole('button', { name: `Host ${hostname()}` }).waitFor();
  expect(await page.getByRole('button', { name: 'Time range: Last 15 minutes' }).count()).toBe(1);
  await page.evaluate('window.stillTheSame = true');
  await movesOn(page, 'Memory usage');
  expect(await page.evaluate('window.stillTheSame')).toBe(true);
});

describe('a rule', () => {
  let alerts: Page;
  let overview: Page;
  const firing = () =>
    overview.getByRole('region', { name: 'Firing alerts', exact: true }).first().getByText('TestMemoryInUse');
  const row = () => alerts.locator('.firing-group', { hasText: 'TestMemoryInUse' });

  beforeAll(async () => {
    [alerts, overview] = [await open(), await open()];
    await Promise.all([alerts.goto('/alerts?refresh=5s'), overview.goto('/d/hostpulse-overview?refresh=5s')]);
    await alerts.getByRole('heading', { name: 'Alerts', level: 1 }).waitFor();
    await settled(overview);
    for (const tab of [alerts, overview]) await tab.evaluate('window.stillTheSame = true');
  });

  test('created by the form fires, and its alert appears on open pages', async () => {
    await page.goto('/rules/new');
    await page.getByLabel('Name', { exact: true }).fill('TestMemoryInUse');
    await page.getByLabel('Metric').selectOption('memory.usage.percent');
    await page.getByLabel('Threshold (percent)').fill('0.01');
    await page.getByLabel('For', { exact: true }).fill('2s');
    await page.getByRole('button', { name: 'Create rule' }).click();
    await page.waitForURL(/\/rules\/rule-/);
    await row().waitFor();
    expect(await row().innerText()).toMatch(/warning\s+TestMemoryInUse[^]*threshold 0\.01\d*%/);
    await firing().waitFor();
    for (const tab of [alerts, overview]) expect(await tab.evaluate('window.stillTheSame')).toBe(true);
  });

  test('leaves the overview accessible on every screen', async () => {
    expect(await lookAt(overview, 'stack-overview')).toEqual(wellLooking);
  });

  test('is changed by the form and stops firing', async () => {
    await page.getByLabel('Threshold (percent)').fill('100');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Rule saved').waitFor();
    // Alertmanager keeps the alert until the time that Prometheus sent last; the overview queries Prometheus.
    await firing().waitFor({ state: 'detached' });
    expect(await overview.evaluate('window.stillTheSame')).toBe(true);
  });

  test('is deleted by the form', async () => {
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete rule' }).click();
    await page.getByText('No rules yet').waitFor();
    await Promise.all([alerts.close(), overview.close()]);
  });
});

/** An outage is shown within this time. */
const limitMs = 10_000;

describe('Prometheus', () => {
  const words = /Prometheus is not answering since \d\d:\d\d:\d\d/;
  const banner = () => page.locator('.banner', { hasText: words });

  beforeAll(async () => {
    await page.goto('/d/hostpulse-cpu?from=now-5m&to=now&refresh=5s');
    await settled(page);
  });

  test('hangs: the banner names Prometheus, values are marked as old, and the page resumes after the outage', async () => {
    const pid = stack.parts()['prometheus'] as number;
    process.kill(pid, 'SIGSTOP');
    try {
      await banner().waitFor({ timeout: limitMs });
      expect(await page.locator('.old-mark').first().innerText()).toMatch(/Old \d\d:\d\d:\d\d/);
      const other = await open();
      await other.goto('/d/hostpulse-memory');
      await other
        .locator('.panel-empty', { hasText: 'Prometheus is not answering' })
        .first()
        .waitFor({ timeout: limitMs });
      expect(await other.getByText('Loading').count()).toBe(0);
      await other.close();
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await banner().waitFor({ state: 'detached' });
    await page.locator('.old-mark').first().waitFor({ state: 'detached' });
    await movesOn(page, 'CPU usage');
  });

  test('is killed: the banner names Prometheus, and the page resumes after the restart', async () => {
    let isNamed = false;
    // The page queries the health every 2.5 s. When Prometheus restarts faster, no banner appears, and the test kills Prometheus again.
    for (let kills = 0; kills < 3 && !isNamed; kills++) {
      process.kill(stack.parts()['prometheus'] as number, 'SIGKILL');
      isNamed = await banner()
        .waitFor({ timeout: limitMs / 2 })
        .then(
          () => true,
          () => false,
        );
    }
    expect(isNamed).toBe(true);
    await banner().waitFor({ state: 'detached' });
    await movesOn(page, 'CPU usage');
  });
});

describe('hosts', () => {
  const odd = ['rack 7 (b)', 'web.1+x', 'cost$1', 'C:\\srv', '서울-웹-1'];
  async function push(host: string): Promise<void> {
    const response = await fetch(`${stack.urls.gateway}/api/v1/metrics/collect`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${readFileSync(stack.urls.admin_key_file, 'utf8').trim()}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ host, metrics: [{ name: 'cpu.usage.total', value: 42 }] }),
    });
    expect([host, response.status]).toEqual([host, 202]);
  }

  test('of any name are charted: no query fails', async () => {
    const tab = await open();
    const failed: string[] = [];
    tab.on('response', (response) => {
      if (response.url().includes('/api/v1/query') && response.status() >= 400)
        failed.push(response.request().postData() ?? response.url());
    });
    for (const host of odd) await push(host);
    for (const host of odd) {
      await push(host);
      await tab.goto(`/hosts/${encodeURIComponent(host)}`);
      await tab.getByRole('heading', { name: host, level: 1, exact: true }).waitFor();
      expect(await tab.title()).toBe(`${host} - hostpulse`);
      await settled(tab);
      await tab.getByRole('button', { name: `Host ${host}`, exact: true }).waitFor();
      // The pushed sample is stored within seconds, and the page then lists the host.
      await tab.getByText(`No data from ${host}`).waitFor({ state: 'detached' });
    }
    expect(failed).toEqual([]);
    await tab.close();
  });

  test('that are new show when their first values arrive', async () => {
    const tab = await open();
    await push('fresh-1');
    await tab.goto('/d/hostpulse-memory?var-instance=fresh-1&from=now-30d&to=now');
    await tab
      .getByText(/^Collecting: first values in \d+ (?:min|s)/)
      .first()
      .waitFor();
    await tab.close();
  });

  test('are listed with down hosts first', async () => {
    const tab = await open();
    await eventually({ what: 'a host that is down', limitMs: 60_000 }, async () => {
      await tab.goto('/hosts');
      await tab.locator('tbody tr').first().waitFor();
      return (await tab.locator('tbody tr').first().innerText()).startsWith('down') ? true : undefined;
    });
    await tab.getByRole('button', { name: 'up', exact: true }).click();
    await tab.locator('tbody').getByRole('link', { name: hostname(), exact: true }).click();
    await tab.getByRole('heading', { name: hostname(), level: 1 }).waitFor();
    await tab.goto('/alerts?rule=Watchdog');
    await tab.getByText(/No firing alerts match the filters\. Watchdog received .+ ago\./).waitFor();
    await tab.close();
  });
});

describe('the gateway', () => {
  const banner = () => page.locator('.banner', { hasText: 'The gateway is not answering since' });

  beforeAll(async () => {
    await page.goto('/d/hostpulse-cpu?from=now-5m&to=now&refresh=5s');
    await settled(page);
    await page.evaluate('window.stillTheSame = true');
  });

  test('hangs: the page shows a banner, and resumes after the outage', async () => {
    const pid = stack.parts()['gateway'] as number;
    process.kill(pid, 'SIGSTOP');
    try {
      await banner().waitFor({ timeout: limitMs });
      expect(await page.locator('.old-mark').count()).toBeGreaterThan(5);
      // The charts keep their data.
      expect(await page.locator('.legend tbody tr').count()).toBeGreaterThan(5);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await banner().waitFor({ state: 'detached' });
    await movesOn(page, 'CPU usage');
  });

  test('is killed: the page shows a banner, `up` restarts the gateway, and the page resumes with the same session', async () => {
    process.kill(stack.parts()['gateway'] as number, 'SIGKILL');
    await banner().waitFor({ timeout: limitMs });
    await banner().waitFor({ state: 'detached' });
    await movesOn(page, 'CPU usage');
    expect(await page.evaluate('window.stillTheSame')).toBe(true);
    expect(new URL(page.url()).pathname).toBe('/d/hostpulse-cpu');
  });
});

/** Returns the number of series of each chart, the start of its data, and the text that explains an empty chart. */
async function charts(tab: Page) {
  const shown = await tab.evaluate(`[...document.querySelectorAll('.type-timeseries')].map((panel) => ({
    title: panel.querySelector('h3').textContent,
    series: panel.querySelectorAll('.legend tbody tr').length,
    beginning: panel.querySelector('.chart-data-start')?.textContent ?? '',
    empty: panel.querySelector('.panel-empty')?.textContent ?? '',
    error: panel.querySelector('.panel-error')?.textContent ?? '',
  }))`);
  return shown as { title: string; series: number; beginning: string; empty: string; error: string }[];
}

/** Charts that are empty on some machines, and charts of collectors that are off by default. */
const optional = /swap|inodes|of (units|containers|processes)|temperature|^GPU|connection tracking/i;

describe.each(dashboards.map(({ uid }) => uid))('%s', (uid) => {
  test.each(quickRanges)('$label: every chart shows data, or why it has none yet', async ({ from, label }) => {
    if (from === quickRanges[0].from)
      await page.goto(`/d/${uid}?var-instance=${hostname()}&from=now-2m&to=now&refresh=`);
    await chooseRange(page, label);
    const fromMinutes = Number.parseInt(from.slice(4), 10) * (from.endsWith('m') ? 1 : 60);
    const isRecorded = fromMinutes > 12 * 60 || !/[mh]$/.test(from);
    await eventually({ what: `every chart of ${uid} for ${from}`, limitMs: 40_000, pollMs: 200 }, async () => {
      await settled(page);
      const all = await charts(page);
      const wrong = all.filter(({ title, series, beginning, empty, error }) => {
        if (error !== '') return true;
        // The start of the data of a long range is queried after the charts.
        if (series > 0) return (fromMinutes >= 60 || isRecorded) && beginning === '';
        return isRecorded ? !/recorded every/.test(empty) : !optional.test(title);
      });
      if (wrong.length === 0) return true;
      await page.getByRole('button', { name: 'Refresh now' }).click();
      throw new Error(JSON.stringify(wrong));
    });
    const all = await charts(page);
    if (!isRecorded) expect(all.filter(({ series, title }) => series === 0 && !optional.test(title))).toEqual([]);
    // The stack has run for a few minutes: a longer range starts before its data.
    if (fromMinutes < 60 && !isRecorded) return;
    for (const { title, series, beginning } of all)
      if (series > 0)
        expect([title, beginning]).toEqual([title, expect.stringMatching(/^Data starts at .*\d\d:\d\d$/)]);
  });
});

test('the page threw no error', () => expect(faults).toEqual([]));
