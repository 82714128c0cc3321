/** Opens a page in Chromium, logged in, and records its errors. Checks the accessibility and the layout of the page. */
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { still } from './chromium.ts';

export interface OpenPage {
  readonly page: Page;
  /** Exceptions, and violations of the Content-Security-Policy. */
  readonly faults: readonly string[];
}

/** Logs in with the form, then opens `next`. */
export async function openPage(
  browser: Browser,
  { url, key, next = '/alerts' }: { readonly url: string; readonly key: string; readonly next?: string },
): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: { width: 1_280, height: 900 }, baseURL: url, ...still });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error.stack ?? error)));
  page.on('console', (message) => {
    if (/Content.Security.Policy|Refused to/i.test(message.text())) faults.push(message.text());
  });
  await page.goto(`/login?next=${encodeURIComponent(next)}`);
  await page.getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.waitForURL((at) => at.pathname !== '/login');
  return { page, faults };
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** Returns the violations that axe calls serious or critical: rule and element. */
export async function seriousViolations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe); // by the debugger, because the page's policy refuses scripts
  const found = (await page.evaluate('axe.run(document).then(({ violations }) => violations)')) as readonly Violation[];
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary ?? ''}`));
}

const looks = [
  { name: 'light', scheme: 'light', width: 1_280, height: 900 },
  { name: 'dark', scheme: 'dark', width: 1_280, height: 900 },
  { name: 'phone', scheme: 'light', width: 360, height: 740 },
] as const;

const pictures = join(import.meta.dirname, '..', '..', 'data', 'screenshots');

export interface Look {
  readonly name: (typeof looks)[number]['name'];
  readonly violations: readonly string[];
  /** Pixels by which the page is wider than the window. */
  readonly overflow: number;
}

/**
 * Takes screenshots of the page in light, dark and on a phone into data/screenshots/, and checks the first two with axe.
 */
export async function lookAt(page: Page, picture: string): Promise<readonly Look[]> {
  mkdirSync(pictures, { recursive: true });
  const found: Look[] = [];
  for (const { name, scheme, width, height } of looks) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width, height });
    await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))');
    const overflow = (await page.evaluate(
      'Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)',
    )) as number;
    await page.screenshot({ path: join(pictures, `${picture}-${name}.png`), fullPage: true });
    // A phone shows the same elements in the same colours.
    found.push({ name, overflow, violations: name === 'phone' ? [] : await seriousViolations(page) });
  }
  await page.setViewportSize({ width: 1_280, height: 900 });
  return found;
}

/** The result of `lookAt` for a page without violations. */
export const wellLooking: readonly Look[] = looks.map(({ name }) => ({ name, overflow: 0, violations: [] }));
