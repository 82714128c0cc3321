/**
 * The dashboards of the page in Chromium, over a month of twenty hosts: each range shows the queries and numbers of
 * Grafana.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { quickRanges } from '../../common/dashboard/conventions.ts';
import { rangeOf } from '../../console/dashboard/view-state.ts';
import { launchChromium } from '../support/chromium.ts';
import { type ConsolePage, openConsole, type PageCall } from '../support/console-page.ts';
import { dashboards } from '../support/dashboards.ts';
import { dyingHost, wholeHost } from '../support/fleet-month.ts';
import { type Fleet, startFleet } from '../support/fleet-queries.ts';
import { type RunningGateway, startGateway } from '../support/gateway.ts';
import { type AskedPanel, evaluate, requestsOf } from '../support/panel-answers.ts';
import { expectedNumbers, shownNumbers } from '../support/panel-numbers.ts';
import { writeSeries } from '../support/raw-series.ts';

let fleet: Fleet;
let gateway: RunningGateway;
let browser: Browser;
let key: string;

beforeAll(async () => {
  [fleet, browser] = await Promise.all([startFleet({ isFull: false }), launchChromium()]);
  gateway = await startGateway({ prometheusUrl: fleet.url });
  key = await gateway.createKey();
}, 180_000);

afterAll(async () => {
  await browser.close();
  await gateway.stop();
  await fleet.stop();
}, 60_000);

/** Taller than every dashboard, so that all panels are on the screen. */
const whole = { width: 1_400, height: 5_200 };

function open(options: Partial<Parameters<typeof openConsole>[0]> = {}): Promise<ConsolePage> {
  return openConsole({ browser, url: gateway.url, key, nowMs: fleet.endMs, ...options });
}

/** Returns the API call of a panel's request. */
function callOf({ request }: AskedPanel): PageCall {
  const { query } = request;
  if (request.kind === 'instant')
    return { path: '/api/v1/query', parameters: { query, time: String(request.timeMs / 1_000) } };
  const times = { start: request.startMs / 1_000, end: request.endMs / 1_000, step: request.stepMs / 1_000 };
  const texts = Object.fromEntries(Object.entries(times).map(([name, value]) => [name, String(value)]));
  return { path: '/api/v1/query_range', parameters: { query, ...texts } };
}

describe.each(dashboards.map((dashboard) => [dashboard.uid, dashboard] as const))('%s', (uid, dashboard) => {
  let console: ConsolePage;

  beforeAll(async () => {
    console = await open({ size: whole });
  });
  afterAll(() => console.close());

  test.each(quickRanges)(
    '$label: the queries of Grafana, and the numbers of their answers',
    async ({ from, label }) => {
      const { page } = console;
      await console.open(`/d/${uid}?from=${from}&to=now&var-instance=${wholeHost}&refresh=`);
      expect(await page.getByRole('button', { name: `Time range: ${label}` }).count()).toBe(1);
      const range = rangeOf({ from, to: 'now' }, fleet.endMs);
      const selection = await evaluate(fleet.url, dashboard, range, { instance: [wholeHost] });
      const asked = requestsOf(dashboard, range, selection);
      const calls = console.takeCalls();
      const missing = asked.filter(
        (each) => !calls.some((call) => JSON.stringify(call) === JSON.stringify(callOf(each))),
      );
      expect(missing.map(({ name }) => name)).toEqual([]);
      // The other calls are those of variables and annotations. No call is repeated.
      expect(new Set(calls.map((call) => JSON.stringify(call))).size).toBe(calls.length);
      expect(await page.locator('.panel-error').allInnerTexts()).toEqual([]);
      const expected = await expectedNumbers({ url: fleet.url, dashboard, range, selection, nowMs: fleet.endMs });
      expect(expected.length).toBeGreaterThanOrEqual(8);
      expect(await shownNumbers(page)).toEqual(expected);
      expect(console.faults()).toEqual([]);
    },
  );
});

test('hosts and range survive a change of the dashboard and a reload', async () => {
  const console = await open();
  const { page } = console;
  await console.open('/');
  await page.waitForURL(/hostpulse-overview/);
  await page.keyboard.press('t');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForURL(/from=now-6h&to=now/);
  await page.keyboard.press('/');
  await page.getByRole('option', { name: 'web-0002' }).waitFor();
  await page.keyboard.type('0003');
  await page.getByRole('option', { name: 'web-0002' }).waitFor({ state: 'hidden' });
  await page.keyboard.press('Enter');
  await page.waitForURL(/var-instance=web-0003/);
  await page.getByRole('link', { name: 'Disk', exact: true }).first().click();
  await page.waitForURL(/\/d\/hostpulse-disk\?.*from=now-6h&to=now.*var-instance=web-0003/);
  await page.reload();
  await console.settled();
  await page.getByRole('button', { name: 'Host web-0003' }).waitFor();
  expect(await page.getByRole('button', { name: 'Time range: Last 6 hours' }).count()).toBe(1);
  expect(console.faults()).toEqual([]);
  await console.close();
});

test('a row of the overview leads to its host', async () => {
  const console = await open();
  await console.open('/d/hostpulse-overview?from=now-1h&to=now&refresh=');
  await console.page.getByRole('table').getByRole('link', { name: 'web-0002' }).first().click();
  await console.page.waitForURL(/\/d\/hostpulse-host\?.*from=now-1h&to=now.*var-instance=web-0002/);
  await console.close();
});

test('a dashboard refreshes, and pauses', async () => {
  const console = await open();
  const { page } = console;
  await console.open('/d/hostpulse-overview?refresh=5s');
  const down = page.getByRole('region', { name: 'Hosts down' });
  await down.getByText('1', { exact: true }).waitFor();
  const up = { __name__: 'up', instance: 'web-0002', job: 'node' };
  await writeSeries(fleet.url, [{ labels: up, points: [[fleet.endMs + 5_000, 0]] }]);
  await console.setTime(fleet.endMs + 10_000);
  await down.getByText('2', { exact: true }).waitFor();
  await page.keyboard.press('p');
  await page.waitForURL(/refresh=(?:&|$)/);
  await writeSeries(fleet.url, [{ labels: up, points: [[fleet.endMs + 15_000, 1]] }]);
  await console.setTime(fleet.endMs + 20_000);
  await page.keyboard.press('r');
  await down.getByText('1', { exact: true }).waitFor();
  expect(console.faults()).toEqual([]);
  await console.close();
});

test('charts: zoom by dragging and back, a tooltip, a legend that isolates', async () => {
  const console = await open();
  const { page } = console;
  await console.open('/d/hostpulse-network?from=now-1h&to=now&refresh=');
  const [first, second] = [page.locator('.u-over').nth(0), page.locator('.u-over').nth(1)];
  const box = await first.boundingBox();
  if (box === null) throw new Error('expected a chart');
  const middle = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width * 0.5, middle);
  expect(await page.locator('.tooltip').innerText()).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\n/);
  expect(await second.locator('.u-cursor-x').getAttribute('style')).not.toContain('-10px');
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.75, middle, { steps: 4 });
  await page.mouse.up();
  await page.waitForURL(/from=\d+&to=\d+/);
  const zoomed = new URL(page.url()).searchParams;
  const [from, to] = [Number(zoomed.get('from')), Number(zoomed.get('to'))];
  expect(Math.abs(to - from - 900_000)).toBeLessThan(30_000);
  expect(Math.abs(fleet.endMs - 1_800_000 - from)).toBeLessThan(30_000);
  await page.keyboard.press('b');
  await page.waitForURL(/from=now-1h&to=now/);
  await console.settled();
  const names = page.getByRole('region', { name: 'Received', exact: true }).locator('.legend-name');
  const pressed = () => names.evaluateAll((all) => all.map((each) => each.getAttribute('aria-pressed')));
  const count = await names.count();
  expect(count).toBeGreaterThan(2);
  await names.nth(1).click();
  expect((await pressed()).filter((each) => each === 'true')).toHaveLength(1);
  await names.nth(0).click({ modifiers: ['Control'] });
  expect((await pressed()).slice(0, 2)).toEqual(['true', 'true']);
  await names.nth(0).click({ modifiers: ['Control'] });
  await names.nth(1).click();
  expect(await pressed()).toEqual(Array.from({ length: count }, () => 'true'));
  expect(console.faults()).toEqual([]);
  await console.close();
});

test('a host has the same colour on every panel, for any selected hosts', async () => {
  const console = await open({ size: whole });
  const colours = async () => {
    const more = console.page.getByRole('button', { name: 'Show all 20 hosts' });
    for (let left = await more.count(); left > 0; left -= 1) await more.first().click();
    const rows = (await console.page.evaluate(`[...document.querySelectorAll('.legend tbody tr')]
      .map((row) => [row.querySelector('.legend-name').title, row.querySelector('i').style.background])`)) as string[][];
    expect(rows.length).toBeGreaterThan(2);
    return new Set(rows.filter(([name]) => name === 'web-0003').map(([, colour]) => colour));
  };
  await console.open('/d/hostpulse-cpu?from=now-1h&to=now&refresh=');
  await console.page.getByRole('button', { name: 'Host all' }).waitFor();
  const first = await colours();
  expect(first.size).toBe(1);
  await console.open('/d/hostpulse-memory?from=now-1h&to=now&refresh=&var-instance=web-0003&var-instance=web-0007');
  await console.page.getByRole('button', { name: 'Host web-0003 + 1' }).waitFor();
  expect(await colours()).toEqual(first);
  expect(console.faults()).toEqual([]);
  await console.close();
});

test('a chart of a fleet shows the highest ten, the median and the spread beside it; the others on demand', async () => {
  const console = await open();
  await console.open('/d/hostpulse-cpu?from=now-1h&to=now&refresh=');
  const panel = console.page.getByRole('region', { name: 'CPU usage', exact: true });
  const names = panel.locator('.legend-name');
  expect(await names.count()).toBe(13);
  expect((await names.allInnerTexts()).slice(10)).toEqual(
    expect.arrayContaining(['Median of 20 hosts', '90th percentile', '10th percentile']),
  );
  const [chart, legend] = [await panel.locator('.chart').boundingBox(), await panel.locator('.legend').boundingBox()];
  expect(legend?.x ?? 0).toBeGreaterThan((chart?.x ?? 0) + (chart?.width ?? 0) - 1);
  await panel.getByRole('button', { name: 'Show all 20 hosts' }).click();
  expect(await names.count()).toBe(20);
  const colours = await names.locator('i').evaluateAll((all) => all.map((each) => each.getAttribute('style')));
  expect(new Set(colours).size).toBe(20);
  await panel.getByRole('button', { name: 'Show the highest 10' }).click();
  expect(await names.count()).toBe(13);
  expect(console.faults()).toEqual([]);
  await console.close();
});

test('alert marks are those of the hosts drawn', async () => {
  const console = await open();
  const labelOf = (title: string) =>
    console.page.getByRole('region', { name: title, exact: true }).getByRole('img').first().getAttribute('aria-label');
  const open1h = (hosts: readonly string[]) =>
    console.open(
      `/d/hostpulse-cpu?from=now-1h&to=now&refresh=&${hosts.map((host) => `var-instance=${host}`).join('&')}`,
    );
  await open1h([wholeHost, 'web-0002']);
  expect(await labelOf('CPU usage')).toMatch(/; alerts started: 2/); // of wholeHost, and one about no host
  await console.page.getByRole('region', { name: 'CPU usage', exact: true }).getByText('web-0002').click();
  expect(await labelOf('CPU usage')).toMatch(/; alerts started: 1/);
  await console.close();
});

test('hosts that are down come first; tiles and rows lead to their lists', async () => {
  const console = await open();
  const { page } = console;
  const overview = '/d/hostpulse-overview?from=now-1h&to=now&refresh=';
  await console.open(overview);
  const rows = page.getByRole('region', { name: 'Hosts', exact: true }).locator('tbody tr');
  expect(await rows.first().innerText()).toMatch(new RegExp(`^${dyingHost}\\s+down`));
  await page.getByRole('link', { name: 'Open Hosts down' }).click();
  await page.waitForURL('**/hosts?state=down');
  await page.getByRole('heading', { name: 'Hosts down', level: 1 }).waitFor();
  await console.open(overview);
  await page.getByRole('link', { name: 'Open Warnings' }).click();
  await page.waitForURL('**/alerts?state=firing&severity=warning');
  await console.open(overview);
  await rows.nth(1).locator('td').last().click();
  await page.waitForURL(/\/d\/hostpulse-host\?.*var-instance=/);
  await console.close();
});

test('the picker keeps what the keyboard chose', async () => {
  const console = await open();
  const { page } = console;
  await console.open('/d/hostpulse-cpu?from=now-1h&to=now&refresh=');
  await page.getByRole('button', { name: 'Host all' }).click();
  const list = page.getByRole('listbox', { name: 'Host' });
  const box = await list.boundingBox();
  if (box === null) throw new Error('expected a list');
  await page.mouse.move(box.x + 40, box.y + box.height - 20); // the list scrolls below the pointer
  await page.keyboard.press('Home');
  for (let step = 0; step < 17; step += 1) await page.keyboard.press('ArrowDown');
  const chosen = await list.locator('.active').innerText();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: `Host ${chosen}` }).waitFor();
  expect(new URL(page.url()).searchParams.getAll('var-instance')).toEqual([chosen]);
  expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).toBe(`Host ${chosen}`);
  await page.keyboard.press('Enter');
  await page.keyboard.type('0007');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Host web-0007' }).waitFor();
  await console.close();
});

test('the title of the page of a host is the host', async () => {
  const console = await open();
  await console.open('/hosts/web-0003?refresh=');
  await console.page.getByRole('heading', { name: 'web-0003', level: 1 }).waitFor();
  expect(await console.page.title()).toBe('web-0003 - hostpulse');
  await console.close();
});

test('a host without data is named', async () => {
  const console = await open();
  await console.open('/d/hostpulse-host?var-instance=web-none&refresh=');
  const strip = console.page.getByText('No data from web-none in this time range');
  await strip.waitFor();
  await console.close();
});

test('an invalid query shows Prometheus’ message', async () => {
  const console = await open();
  await console.page.goto(
    `${gateway.url}/graph?expr=${encodeURIComponent('sum(up')}&start=2026-01-01T00:00:00Z&end=2026-01-01T01:00:00Z`,
  );
  expect(await console.page.getByRole('alert').innerText()).toContain('unclosed left parenthesis');
  await console.close();
});

describe.each([
  ['light', { theme: 'light', size: { width: 1_280, height: 900 } }],
  ['dark', { theme: 'dark' }],
  ['phone', { theme: 'light', size: { width: 360, height: 740 } }],
] as const)('%s', (look, options) => {
  let console: ConsolePage;

  beforeAll(async () => {
    console = await open(options);
  });
  afterAll(() => console.close());

  test.each(dashboards.map(({ uid }) => uid))('%s: accessible, and fits the screen', async (uid) => {
    const hosts = uid.endsWith('overview') ? '' : `&var-instance=${wholeHost}`;
    await console.open(`/d/${uid}?from=now-6h&to=now&refresh=${hosts}`);
    expect(await console.inaccessible()).toEqual([]);
    const sideways = await console.page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect(sideways).toBeLessThanOrEqual(0);
    const cut = await console.page.evaluate(`[...document.querySelectorAll('.table-scroll')]
      .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
      .map((table) => table.getAttribute('aria-label'))`);
    expect(cut).toEqual([]);
    await console.screenshot(`${uid}-${look}`);
    expect(console.faults()).toEqual([]);
  });
});

test.each(['hostpulse-overview', 'hostpulse-memory'])('%s: a refresh leaks no DOM nodes', async (uid) => {
  const console = await open();
  const { page } = console;
  await console.open(`/d/${uid}?from=now-24h&to=now&refresh=`);
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable');

  async function nodesAfter(refreshes: number): Promise<number> {
    for (let each = 0; each < refreshes; each += 1) {
      const answered = page.waitForResponse((response) => response.url().includes('/api/v1/query'));
      await page.keyboard.press('r');
      await answered;
      await console.settled();
    }
    await devtools.send('HeapProfiler.collectGarbage');
    const { metrics } = await devtools.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'Nodes')?.value ?? Number.NaN;
  }

  const before = await nodesAfter(5);
  const after = await nodesAfter(20);
  expect(after - before).toBeLessThan(40); // two a refresh; the head of one panel alone has more
  await console.close();
});

test('dialogs and menus are accessible', async () => {
  const console = await open();
  const { page } = console;
  await console.open(`/d/hostpulse-network?var-instance=${wholeHost}&var-instance=${dyingHost}&refresh=`);
  for (const [name, key] of [
    ['range', 't'],
    ['hosts', '/'],
    ['help', '?'],
  ] as const) {
    await page.keyboard.press(key);
    await page.locator(key === '?' ? 'dialog[open]' : '.menu-panel').waitFor();
    expect([name, await console.inaccessible()]).toEqual([name, []]);
    await console.screenshot(`menu-${name}`);
    await page.keyboard.press('Escape');
  }
  await console.close();
});
