/**
 * The page's alerts in Chromium, on a real gateway, Prometheus, Alertmanager and relay: an alert comes by itself, messages'
 * links lead where they say, a silence mutes exactly its alert, rules are made, changed and deleted by their form.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { openEpisode, tryCloseEpisode } from '../../common/store/alert-history.ts';
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

/** The answer of a call with the admin key. */
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

/** What the channel was told of the host's memory, first. */
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
  test('one that fires comes without a reload: severity, host, value, threshold', async () => {
    await page.goto('/alerts?refresh=5s');
    await page.getByText('No firing alerts').waitFor();
    await page.evaluate('window.stillTheSame = true');
    stack.setMemory('web-1', 91.5);
    const row = page.locator('.firing-row', { has: page.getByRole('link', { name: 'web-1', exact: true }) });
    await row.waitFor();
    expect(await page.evaluate('window.stillTheSame')).toBe(true);
    expect(await text(page.locator('.firing-group summary'))).toMatch(/warning\s+MemoryUsageHigh\s+1 alert/);
    expect(await text(row)).toMatch(/memory usage\s+91\.5%\s+threshold 80%\s+since \d+ (?:s|min)/);
  });

  test('the value is that of now, not of the message', async () => {
    stack.setMemory('web-1', 95.25);
    await page.locator('.firing-value', { hasText: '95.3%' }).waitFor();
  });

  test('paused, it stays as it is until it is asked to go on', async () => {
    await page.getByRole('button', { name: 'Auto-refresh' }).click();
    expect(new URL(page.url()).searchParams.get('refresh')).toBe('');
    stack.setMemory('web-2', 88);
    await messageOf('web-2');
    expect(await page.locator('.firing-row').count()).toBe(1);
    await page.getByRole('button', { name: 'Refresh now' }).click();
    await page.locator('.firing-row').nth(1).waitFor();
    expect(await text(page.locator('.firing-group summary'))).toMatch(/2 alerts on 2 hosts/);
  });

  test('by host each has a group of its own, and the address says so', async () => {
    await page.getByRole('button', { name: 'by host' }).click();
    await page.locator('.firing-group').nth(1).waitFor();
    expect((await page.locator('.firing-group h3').allInnerTexts()).sort()).toEqual(['web-1', 'web-2']);
    await page.reload();
    await page.locator('.firing-group').nth(1).waitFor();
    await page.getByRole('button', { name: 'by rule' }).click();
  });

  test('looks well', async () => expect(await lookAt(page, 'alerts')).toEqual(wellLooking));
});

describe("a message's links", () => {
  test("lead to the alert's page: value, threshold, graph, timeline", async () => {
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
      .getByRole('navigation', { name: 'Of this alert' })
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

  test('what a rule says is text, never markup', async () => {
    expect(await text(page.locator('.episode'))).toContain('<b>the largest</b>');
    expect(await page.locator('.episode b').count()).toBe(0);
  });

  test("the alert's page looks well", async () => expect(await lookAt(page, 'alert')).toEqual(wellLooking));

  test("lead to the graph of the alert's host; the page's own to every series; what is no PromQL is told by Prometheus", async () => {
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
  test('is seen where the alert is', async () => {
    await page.goto('/alerts');
    await page.getByRole('link', { name: 'silenced' }).waitFor();
    expect(await text(page.locator('.firing-group summary'))).toMatch(/2 alerts on 2 hosts, 1 muted/);
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

  test('without a name and a number says so at both fields, in words of its own', async () => {
    await page.goto('/rules/new');
    await page.getByRole('button', { name: 'Create rule' }).click();
    await page.locator('.field-problem').nth(1).waitFor();
    expect(await page.locator('.field-problem').allInnerTexts()).toEqual([
      'Enter a name such as DiskNearlyFull',
      'Enter a number',
    ]);
    expect(await page.evaluate('document.activeElement.getAttribute("aria-invalid")')).toBe('true');
  });

  test("that is wrong shows the API's words at its fields", async () => {
    await page.getByLabel('Name', { exact: true }).fill('9lives');
    await page.getByLabel('Metric').selectOption('memory.usage.percent');
    await page.getByLabel('Threshold (percent)').fill('much');
    await page.getByRole('button', { name: 'Create rule' }).click();
    await page.locator('.field-problem').nth(1).waitFor();
    expect(await page.locator('.field-problem').allInnerTexts()).toEqual([
      expect.stringContaining('no digit first'),
      'expected a number, got "much"',
    ]);
    expect(await page.evaluate('document.activeElement.value')).toBe('9lives');
    await page.getByLabel('Name', { exact: true }).fill('MemoryTight');
    await page.getByRole('button', { name: 'PromQL' }).click();
    await page.getByLabel('Expression (PromQL)').fill('sum(up');
    await page.getByLabel('Threshold').fill('1');
    await page.getByRole('button', { name: 'Create rule' }).click();
    await page.locator('.field-problem', { hasText: 'unclosed left parenthesis' }).waitFor();
    expect(await lookAt(page, 'rule-faults')).toEqual(wellLooking);
  });

  test('is tried on the last day before it is made', async () => {
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

  test('is made, and Prometheus has it', async () => {
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

  test('that somebody changed meanwhile shows what, and takes both changes', async () => {
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
    await conflict.waitFor();
    expect(await conflict.locator('tbody tr').allInnerTexts()).toEqual([
      expect.stringMatching(/threshold \(both\)\s+70\s+72\s+75/),
      expect.stringMatching(/for\s+0s\s+1s\s+0s/),
    ]);
    expect(await lookAt(page, 'rule-conflict')).toEqual(wellLooking);
    await page.getByRole('button', { name: 'Keep my changes' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Rule saved').waitFor();
    expect(await ruleOf('MemoryTight')).toMatchObject({ threshold: 75, for: '1s' });
  });

  test('is deleted once that is confirmed', async () => {
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
  test('has what ended, with the value at its end; filters and pages are in the address', async () => {
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
    const row = page.getByRole('row', { name: 'web-2' }).first();
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

  test('an alert that is not there says so', async () => {
    await page.goto('/alerts/999999');
    await page.getByText('Alert 999999 not found').waitFor();
  });
});

describe('on a telephone', () => {
  test('the menu shows where one is', async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    await page.goto('/rules');
    await page.locator('.file-rules').waitFor();
    const link = page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Rules' });
    const { x = -1, width = 0 } = (await link.boundingBox()) ?? {};
    expect([x >= 0, x + width <= 360]).toEqual([true, true]);
    await page.setViewportSize({ width: 1_280, height: 900 });
  });
});

describe('the gateway gone', () => {
  test('leaves what was there, and goes on by itself when it is back', async () => {
    await page.goto('/alerts?refresh=5s&rule=MemoryUsageHigh&host=web-1');
    await page.locator('.firing-row').waitFor();
    await page.context().setOffline(true);
    await page.getByText('The gateway does not answer.').waitFor();
    expect(await page.locator('.firing-row').count()).toBe(1);
    stack.setMemory('web-1', 30);
    await messageOf('web-1', 'resolved');
    await page.context().setOffline(false);
    await page.locator('.firing-row').waitFor({ state: 'detached' });
    expect(await page.getByText('The gateway does not answer.').count()).toBe(0);
  });
});

describe('who may not change anything', () => {
  test('sees why forms are closed', async () => {
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

  test('whoever is bound to a host sees its alerts alone', async () => {
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

test('nothing was thrown, and nothing asked for what the policy refuses', () => expect(opened.faults).toEqual([]));
