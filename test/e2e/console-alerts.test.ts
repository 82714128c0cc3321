/** The page's alerts, silences and rules in Chromium, with a real gateway, Prometheus, Alertmanager and relay. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { openEpisode, tryCloseEpisode } from '../../common/store/relay-records.ts';
import { type AlertPageStack, startAlertPage } from '../support/alert-page.ts';
import { launchChromium } from '../support/chromium.ts';
import { eventually } from '../support/eventually.ts';
import { lookAt, type OpenPage, openPage, wellLooking } from '../support/page-checks.ts';

interface Message {
  readonly alert: string;
  readonly status: string;
  readonly host: string | null;
  readonly links: { readonly graph: string; readonly alert: string; readonly silence: string };
}

let stack: AlertPageStack;
let browser: Browser;
let opened: OpenPage;
let page: Page;
let admin = '';

beforeAll(async () => {
  [stack, browser] = await Promise.all([startAlertPage(), launchChromium()]);
  admin = await stack.gateway.createKey({ scopes: ['admin'] });
  opened = await openPage(browser, { url: stack.gateway.url, key: admin });
  page = opened.page;
}, 120_000);
afterAll(async () => {
  await browser.close();
  await stack.stop();
}, 60_000);

/** Calls the API with the admin key. */
async function ask<T>(path: string, init: { method?: string; body?: unknown } = {}): Promise<T> {
  const { method = 'GET', body } = init;
  const response = await stack.gateway.fetch(path, {
    method,
    headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/** Waits for the first message about the host's memory. */
function messageOf(host: string, status: 'firing' | 'resolved' = 'firing'): Promise<Message> {
  return eventually({ what: `a message that ${host} is ${status}`, limitMs: 60_000 }, () =>
    stack.sink.received
      .map(({ body }) => body as unknown as Message)
      .find((each) => each.alert === 'MemoryUsageHigh' && each.host === host && each.status === status),
  );
}

const pathOf = (url: string): string => new URL(url).pathname + new URL(url).search;
const text = (locator: ReturnType<Page['locator']>): Promise<string> => locator.innerText();

describe('alerts', () => {
  test('a new alert appears without a reload: severity, host, value, threshold', async () => {
    await page.goto('/alerts?refresh=5s');
    await page.getByText(/No firing alerts\. Watchdog received .+ ago\./).waitFor();
    expect(await page.locator('.firing-row').count()).toBe(0);
    await page.evaluate('window.stillTheSame = true');
    stack.setMemory('web-1', 91.5);
    const row = page.locator('.firing-row', { has: page.getByRole('link', { name: 'web-1', exact: true }) });
    await row.waitFor();
    expect(await page.evaluate('window.stillTheSame')).toBe(true);
    expect(await text(page.locator('.firing-group summary'))).toMatch(/warning\s+MemoryUsageHigh\s+1 alert/);
    expect(await text(row)).toMatch(/memory usage\s+91\.5%\s+threshold 80%\s+since \d+ (?:s|min)/);
  });

  test('the value is the current one, not the one of the message', async () => {
    stack.setMemory('web-1', 95.25);
    await page.locator('.firing-value', { hasText: '95.3%' }).waitFor();
  });

  test('a paused page stays unchanged until a refresh', async () => {
    await page.getByRole('button', { name: 'Auto-refresh' }).click();
    expect(new URL(page.url()).searchParams.get('refresh')).toBe('');
    stack.setMemory('web-2', 88);
    await messageOf('web-2');
    expect(await page.locator('.firing-row').count()).toBe(1);
    await page.getByRole('button', { name: 'Refresh now' }).click();
    await page.locator('.firing-row').nth(1).waitFor();
    expect(await text(page.locator('.firing-group summary'))).toMatch(/2 alerts on 2 hosts/);
  });

  test('grouping by host is in the address', async () => {
    await page.getByRole('button', { name: 'by host' }).click();
    await page.locator('.firing-group').nth(1).waitFor();
    expect((await page.locator('.firing-group h3').allInnerTexts()).sort()).toEqual(['web-1', 'web-2']);
    await page.reload();
    await page.locator('.firing-group').nth(1).waitFor();
    await page.getByRole('button', { name: 'by rule' }).click();
  });

  test('are accessible and fit the screen', async () => expect(await lookAt(page, 'alerts')).toEqual(wellLooking));
});

describe("a message's links", () => {
  test('lead to the page of the alert: value, threshold, graph, timeline', async () => {
    const { links } = await messageOf('web-1');
    await page.goto(pathOf(links.alert));
    await page.getByRole('heading', { name: 'MemoryUsageHigh on web-1' }).waitFor();
    const facts = page.locator('.episode');
    await facts.getByText('Value now').waitFor();
    expect(await text(facts)).toMatch(/Value now\s+95\.3%[^]*Threshold\s+80%[^]*Notifications\s+sink/);
    expect(await text(page.locator('.timeline'))).toMatch(/Fired[^]*Notification to sink: delivered/);
    await page.locator('.graph-card canvas').waitFor();
    expect(await page.locator('.graph-card .legend-name').allInnerTexts()).toEqual([expect.stringContaining('web-1')]);
    const hrefs = await page
      .getByRole('navigation', { name: 'Alert actions' })
      .getByRole('link')
      .evaluateAll((links) => links.map((link) => link.getAttribute('href')));
    expect(hrefs).toEqual([
      pathOf(links.silence),
      '/rules?name=MemoryUsageHigh',
      expect.stringMatching(/^\/hosts\/web-1\?from=\d+&to=now$/),
      pathOf(links.graph).replaceAll(encodeURIComponent('{instance="web-1"}'), ''),
      'https://runbooks.example.com/memory',
      '/alerts?rule=MemoryUsageHigh&host=web-1',
    ]);
  });

  test('annotations are shown as text, not as markup', async () => {
    expect(await text(page.locator('.episode'))).toContain('<b>the largest</b>');
    expect(await page.locator('.episode b').count()).toBe(0);
  });

  test('the page of the alert is accessible and fits the screen', async () =>
    expect(await lookAt(page, 'alert')).toEqual(wellLooking));

  test("lead to the graph of the alert's host; invalid PromQL shows Prometheus' message", async () => {
    const names = async (): Promise<readonly string[]> => {
      await page.locator('.graph-card canvas').waitFor();
      return page.locator('.graph-card .legend-name').allInnerTexts();
    };
    const { links } = await messageOf('web-1');
    await page.goto(pathOf(links.graph));
    expect(await names()).toEqual([expect.stringContaining('web-1')]);
    await page.goto(pathOf(links.graph).replaceAll(encodeURIComponent('{instance="web-1"}'), ''));
    expect(await names()).toEqual([expect.stringContaining('web-1'), expect.stringContaining('web-2')]);
    expect(await lookAt(page, 'graph')).toEqual(wellLooking);
    await page.getByLabel('Expression (PromQL)').fill('sum(rate(up');
    await page.getByRole('button', { name: 'Run query' }).click();
    expect(await text(page.getByRole('alert'))).toContain('parse error: unclosed left parenthesis');
    expect(new URL(page.url()).searchParams.get('expr')).toBe('sum(rate(up');
  });

  test('lead to a silence that mutes exactly that alert', async () => {
    await page.goto(pathOf((await messageOf('web-1')).links.silence));
    const preview = page.locator('.preview');
    await preview.getByText('MemoryUsageHigh').waitFor();
    expect(await text(preview)).toMatch(/Matching alerts\s+1[^]*MemoryUsageHigh on web-1/);
    await page.getByRole('button', { name: 'Silence' }).click();
    expect(await text(page.locator('.field-problem'))).toBe('Enter a comment');
    expect(await page.evaluate('document.activeElement.tagName')).toBe('TEXTAREA');
    expect(await lookAt(page, 'silence-form')).toEqual(wellLooking);
    await page.getByRole('button', { name: '4 h' }).click();
    await page.getByLabel('Comment').fill('more memory is on its way');
    await page.getByRole('button', { name: 'Silence' }).click();
    await page.waitForURL(/\/silences\/[0-9a-f-]{36}$/);
    const { alerts } = await ask<{ alerts: { host: string; state: string }[] }>('/api/v1/alerts/active');
    expect(alerts.map(({ host, state }) => `${host} ${state}`).sort()).toEqual(['web-1 suppressed', 'web-2 active']);
    const { silences } = await ask<{
      silences: { created_by: string; comment: string; starts_at: string; ends_at: string }[];
    }>('/api/v1/silences');
    expect(silences).toMatchObject([
      { created_by: expect.stringMatching(/^key-2/), comment: 'more memory is on its way' },
    ]);
    const [{ starts_at, ends_at } = { starts_at: '', ends_at: '' }] = silences;
    expect(Math.round((Date.parse(ends_at) - Date.parse(starts_at)) / 60_000)).toBe(240);
  });
});

describe('a silence', () => {
  test('is shown at the alert', async () => {
    await page.goto('/alerts');
    await page.getByRole('link', { name: 'silenced' }).waitFor();
    expect(await text(page.locator('.firing-group summary'))).toMatch(/2 alerts on 2 hosts, 1 silenced/);
    await page.getByRole('link', { name: 'silenced' }).click();
    await page.getByText('more memory is on its way').first().waitFor();
  });

  test('is extended, changed and ended', async () => {
    const silenceOf = async () =>
      (await ask<{ silences: { ends_at: string; comment: string }[] }>('/api/v1/silences')).silences[0];
    const before = await silenceOf();
    await page.getByRole('button', { name: '+1 h' }).click();
    await page.getByLabel('Comment').fill('it comes tomorrow');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.locator('.silence', { hasText: 'it comes tomorrow' }).waitFor();
    const after = await silenceOf();
    expect(after?.comment).toBe('it comes tomorrow');
    const addedMs = Date.parse(after?.ends_at ?? '') - Date.parse(before?.ends_at ?? '');
    expect(Math.round(addedMs / 60_000)).toBe(60);
    await page.getByRole('link', { name: 'Silences' }).last().click();
    await page.locator('.silence').waitFor();
    expect(await lookAt(page, 'silences')).toEqual(wellLooking);
    await page.getByRole('button', { name: 'End silence' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'End silence' }).click();
    await page.getByText('No active silences').waitFor();
    await page.getByRole('button', { name: 'Show expired' }).click();
    await page.getByRole('link', { name: 'Silence again' }).first().click();
    expect(await page.getByLabel('Comment').inputValue()).toBe('it comes tomorrow');
  });
});

describe('a rule', () => {
  const ruleOf = async (name: string) =>
    (
      await ask<{ rules: { id: string; name: string; threshold: number; for: string; severity: string }[] }>(
        '/api/v1/alerts/rules',
      )
    ).rules.find((each) => each.name === name);

  test('without a name and a number has a message at both fields', async () => {
    await page.goto('/rules/new');
    await page.getByRole('button', { name: 'Create rule' }).click();
    await page.locator('.field-problem').nth(1).waitFor();
    expect(await page.locator('.field-problem').allInnerTexts()).toEqual([
      'Enter a name such as DiskNearlyFull',
      'Enter a number',
    ]);
    expect(await page.evaluate('document.activeElement.getAttribute("aria-invalid")')).toBe('true');
  });

  test("that is invalid shows the API's messages at its fields", async () => {
    const long = 'x'.repeat(201);
    await page.getByLabel('Name', { exact: true }).fill(long);
    await page.getByLabel('Metric').selectOption('memory.usage.percent');
    await page.getByLabel('Threshold (percent)').fill('much');
    await page.getByRole('button', { name: 'Create rule' }).click();
    await page.locator('.field-problem').nth(1).waitFor();
    expect(await page.locator('.field-problem').allInnerTexts()).toEqual([
      expect.stringContaining('200'),
      'expected a number, got "much"',
    ]);
    expect(await page.evaluate('document.activeElement.value')).toBe(long);
    await page.getByLabel('Name', { exact: true }).fill('MemoryTight');
    await page.getByRole('button', { name: 'PromQL' }).click();
    await page.getByLabel('Expression (PromQL)').fill('sum(up');
    await page.getByLabel('Threshold').fill('1');
    await page.getByRole('button', { name: 'Create rule' }).click();
    await page.locator('.field-problem', { hasText: 'unclosed left parenthesis' }).waitFor();
    expect(await lookAt(page, 'rule-faults')).toEqual(wellLooking);
  });

  test('is tried on the last 24 hours before it is created', async () => {
    await page.getByRole('button', { name: 'Metric' }).click();
    await page.getByLabel('Threshold (percent)').fill('70');
    await page.getByLabel('For', { exact: true }).fill('0s');
    await page.getByLabel('Severity').selectOption('critical');
    await page.getByRole('checkbox', { name: 'sink' }).check();
    await page.getByRole('button', { name: 'Try on the last 24 h' }).click();
    expect(await text(page.locator('.dry-run'))).toMatch(
      /Would have fired 2 times in the last 24 h on 2 hosts\.[^]*web-1[^]*web-2/,
    );
    expect(await page.locator('.track i').count()).toBe(2);
    expect(await lookAt(page, 'rule-dry-run')).toEqual(wellLooking);
    expect(await ruleOf('MemoryTight')).toBeUndefined();
  });

  test('is created, and Prometheus evaluates it', async () => {
    await page.getByRole('button', { name: 'Create rule' }).click();
    await page.waitForURL(/\/rules\/rule-/);
    expect(await ruleOf('MemoryTight')).toMatchObject({ threshold: 70, severity: 'critical', for: '0s' });
    const { groups } = (await stack.prometheus.ask('rules')) as {
      groups: { rules: { name: string; health: string }[] }[];
    };
    expect(groups.flatMap(({ rules }) => rules).find(({ name }) => name === 'MemoryTight')?.health).toBe('ok');
    await page.goto('/rules');
    const row = page.getByRole('row', { name: 'MemoryTight' });
    await row.waitFor();
    expect(await text(row)).toMatch(/firing[^]*critical[^]*memory\.usage\.percent > 70%[^]*all hosts[^]*sink/);
    expect(await text(page.locator('.file-rules'))).toContain('MemoryUsageHigh');
    expect(await lookAt(page, 'rules')).toEqual(wellLooking);
  });

  test('changed by someone else shows the differences and keeps both changes', async () => {
    await page.getByRole('link', { name: 'MemoryTight' }).click();
    await page.getByLabel('Threshold (percent)').fill('75');
    const { id = '' } = (await ruleOf('MemoryTight')) ?? {};
    const whole = { name: 'MemoryTight', metric: 'memory.usage.percent', operator: '>', channels: ['sink'] };
    await ask(`/api/v1/alerts/rules/${id}`, {
      method: 'PUT',
      body: { ...whole, threshold: 72, for: '1s', severity: 'critical' },
    });
    await page.getByRole('button', { name: 'Save' }).click();
    const conflict = page.locator('.conflict');
    await conflict.getByText(/^Rule not saved: key-2.* changed it during your edit$/).waitFor();
    expect(await page.getByLabel('Threshold (percent)').inputValue()).toBe('75');
    expect(await conflict.locator('tbody tr').allInnerTexts()).toEqual([
      expect.stringMatching(/Threshold \(both\)\s+70\s+72\s+75/),
      expect.stringMatching(/For\s+0s\s+1s\s+0s/),
    ]);
    expect(await lookAt(page, 'rule-conflict')).toEqual(wellLooking);
    await page.getByRole('button', { name: 'Keep my changes' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Rule saved').waitFor();
    expect(await ruleOf('MemoryTight')).toMatchObject({ threshold: 75, for: '1s' });
  });

  test('deleted by someone else keeps the changes, and is created again with them', async () => {
    await page.getByLabel('Threshold (percent)').fill('77');
    const { id = '' } = (await ruleOf('MemoryTight')) ?? {};
    await ask(`/api/v1/alerts/rules/${id}`, { method: 'DELETE' });
    await page.getByRole('button', { name: 'Save' }).click();
    await page.locator('.conflict').getByText('Rule not saved: someone deleted it during your edit').waitFor();
    expect(await lookAt(page, 'rule-deleted')).toEqual(wellLooking);
    await page.getByRole('button', { name: 'Keep my changes' }).click();
    await page.getByRole('button', { name: 'Create rule' }).click();
    await page.waitForURL((url) => /\/rules\/rule-/.test(url.pathname) && !url.pathname.endsWith(id));
    expect(await ruleOf('MemoryTight')).toMatchObject({ threshold: 77, for: '1s' });
    await page.getByRole('heading', { name: 'MemoryTight', level: 1 }).waitFor();
  });

  test('is deleted after confirmation', async () => {
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    expect(await ruleOf('MemoryTight')).toBeDefined();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete rule' }).click();
    await page.getByText('No rules yet').waitFor();
    expect(await ruleOf('MemoryTight')).toBeUndefined();
  });
});

describe('the history', () => {
  test('lists ended alerts with the value at the end; filters and pages are in the address', async () => {
    const { db } = stack.gateway.store;
    const startsAtMs = Date.parse('2026-01-01T00:00:00Z');
    for (let index = 0; index < 60; index += 1) {
      const told = {
        fingerprint: `old-${index}`,
        annotations: {},
        receiver: 'relay',
        generatorUrl: undefined,
        externalUrl: undefined,
      };
      const labels = { alertname: 'Old', instance: `db-${index}`, severity: 'critical' };
      const { id } = await openEpisode(db, { ...told, labels, startsAtMs, nowMs: startsAtMs });
      await tryCloseEpisode(db, {
        id,
        endsAtMs: startsAtMs + 60_000,
        nowMs: startsAtMs + 60_000,
        resolution: 'announced',
      });
    }
    stack.setMemory('web-2', 40);
    await messageOf('web-2', 'resolved');
    await page.goto('/alerts?host=web-2&state=resolved&rule=MemoryUsageHigh');
    // The relay records the value at the end after it has sent the message.
    const row = page.getByRole('row', { name: 'web-2' }).filter({ hasText: '→ 40%' }).first();
    await row.waitFor();
    expect(await text(row)).toMatch(/resolved[^]*88% → 40%[^]*sink ×2/);
    await page.goto('/alerts?rule=Old');
    await page.getByRole('row', { name: 'db-59' }).waitFor();
    expect(await page.locator('tbody tr').count()).toBe(50);
    await page.getByRole('button', { name: 'Older' }).click();
    await page.getByRole('row', { name: 'db-9' }).waitFor();
    expect(await page.locator('tbody tr').count()).toBe(10);
    expect(new URL(page.url()).searchParams.get('cursor')).toMatch(/^\d+$/);
    await page.goBack();
    await page.getByRole('row', { name: 'db-59' }).waitFor();
    await page.getByRole('button', { name: 'warning' }).click();
    await page.getByText('No matching alerts').waitFor();
    expect(new URL(page.url()).search).toBe('?rule=Old&severity=warning');
  });

  test('an unknown alert has a message', async () => {
    await page.goto('/alerts/999999');
    await page.getByText('Alert 999999 not found').waitFor();
  });
});

describe('on a phone', () => {
  test('the menu shows the current view', async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    await page.goto('/rules');
    await page.locator('.file-rules').waitFor();
    const link = page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Rules' });
    const { x = -1, width = 0 } = (await link.boundingBox()) ?? {};
    expect([x >= 0, x + width <= 360]).toEqual([true, true]);
    await page.setViewportSize({ width: 1_280, height: 900 });
  });
});

describe('an outage of the gateway', () => {
  test('keeps the data on the screen; the page resumes after it', async () => {
    await page.goto('/alerts?refresh=5s&rule=MemoryUsageHigh&host=web-1');
    await page.locator('.firing-row').waitFor();
    await page.context().setOffline(true);
    await page.locator('.banner', { hasText: 'The gateway is not answering' }).waitFor();
    expect(await page.locator('.firing-row').count()).toBe(1);
    stack.setMemory('web-1', 30);
    await messageOf('web-1', 'resolved');
    await page.context().setOffline(false);
    await page.locator('.firing-row').waitFor({ state: 'detached' });
    expect(await page.getByText('The gateway is not answering').count()).toBe(0);
  });
});

describe('a session without the scope admin', () => {
  test('shows why forms are read-only', async () => {
    const key = await stack.gateway.createKey();
    const { page: reader } = await openPage(browser, { url: stack.gateway.url, key, next: '/rules/new' });
    await reader.getByText('Read-only: this session cannot change rules.').waitFor();
    expect(await reader.getByRole('button', { name: 'Create rule' }).isDisabled()).toBe(true);
    expect(await lookAt(reader, 'read-only')).toEqual(wellLooking);
    await reader.goto('/silences/new?filter=%7Balertname%3D%22X%22%7D');
    await reader.getByText('Read-only: this session cannot change silences.').waitFor();
    expect(await reader.getByLabel('Comment').isDisabled()).toBe(true);
    await reader.context().close();
  });

  test('bound to a host shows only alerts of this host', async () => {
    const key = await stack.gateway.createKey({ host: 'web-2' });
    const { page: bound } = await openPage(browser, { url: stack.gateway.url, key, next: '/alerts' });
    await bound.getByRole('row', { name: 'web-2' }).first().waitFor();
    expect(await bound.getByRole('row', { name: 'web-1' }).count()).toBe(0);
    await bound.getByRole('row', { name: 'web-2' }).getByRole('link', { name: 'MemoryUsageHigh' }).first().click();
    await bound.locator('.graph-card canvas').waitFor();
    await bound.goto('/rules');
    await bound.getByText('This session is limited to web-2').waitFor();
    await bound.goto('/graph?expr=up');
    await bound.getByText('Graphs are not available').waitFor();
    await bound.context().close();
  });
});

test('the page threw no error and violated no policy', () => expect(opened.faults).toEqual([]));
