/** Opens the page in a real Chromium, logged in and at a fixed time, and records all errors. */
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { sessionCookieName } from '../../ingest-gateway/auth/credentials.ts';
import { still } from './chromium.ts';

const repository = join(import.meta.dirname, '..', '..');
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** For people to look at; not committed. */
const screenshots = join(repository, 'data', 'screenshots');

/** A call of the API. */
export interface PageCall {
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
}

export interface ConsolePageOptions {
  readonly browser: Browser;
  readonly url: string;
  /** API key with the scope read. */
  readonly key: string;
  /** The page's time. It stays fixed until `setTime`. */
  readonly nowMs: number;
  readonly theme?: 'light' | 'dark';
  readonly size?: { readonly width: number; readonly height: number };
}

export interface ConsolePage {
  readonly page: Page;
  /** Returns the queries since the previous call. */
  takeCalls(): readonly PageCall[];
  /** Errors of scripts and of the Content-Security-Policy, and requests to other sites. */
  faults(): readonly string[];
  open(path: string): Promise<void>;
  /** Waits until every panel on the screen has its answer. */
  settled(): Promise<void>;
  setTime(timeMs: number): Promise<void>;
  /** Returns serious accessibility violations: rule and element. */
  inaccessible(): Promise<readonly string[]>;
  screenshot(name: string): Promise<void>;
  close(): Promise<void>;
}

const desktop = { width: 1_400, height: 900 };

export async function openConsole(options: ConsolePageOptions): Promise<ConsolePage> {
  const { browser, url, key, nowMs, theme = 'light', size = desktop } = options;
  const look = { viewport: size, colorScheme: theme, ...still } as const;
  const context: BrowserContext = await browser.newContext({ ...look, timezoneId: 'UTC' });
  await context.addCookies([
    { url, name: sessionCookieName, value: await openSession(url, key), httpOnly: true, sameSite: 'Strict' },
  ]);
  const page = await context.newPage();
  await page.clock.setFixedTime(nowMs);
  const calls: PageCall[] = [];
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.stack ?? error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  page.on('request', (request) => {
    const { pathname, origin } = new URL(request.url());
    if (origin !== url && !request.url().startsWith('data:')) faults.push(`a request to ${request.url()}`);
    if (!pathname.startsWith('/api/v1/query')) return;
    calls.push({ path: pathname, parameters: Object.fromEntries(new URLSearchParams(request.postData() ?? '')) });
  });

  const settled = async () => {
    await page.locator('.panel').first().waitFor();
    // Panels far below the screen send no queries and are not busy.
    await page.locator('.panel[aria-busy="true"]').first().waitFor({ state: 'detached' });
  };

  return {
    page,
    takeCalls: () => calls.splice(0),
    faults: () => faults,
    async open(path) {
      await page.goto(`${url}${path}`);
      await settled();
    },
    settled,
    setTime: (timeMs) => page.clock.setFixedTime(timeMs),
    async inaccessible() {
      await page.evaluate(axeSource);
      const { violations } = (await page.evaluate('axe.run(document)')) as AxeResults;
      return violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
    },
    async screenshot(name) {
      mkdirSync(screenshots, { recursive: true });
      await page.screenshot({ path: join(screenshots, `${name}.png`) });
    },
    close: () => context.close(),
  };
}

/** Logs in with the key. Returns the token of the session. */
async function openSession(url: string, key: string): Promise<string> {
  const body = new URLSearchParams({ key });
  const { headers } = await fetch(`${url}/login`, { method: 'POST', body, redirect: 'manual' });
  const token = new RegExp(`${sessionCookieName}=([^;]+)`).exec(headers.get('set-cookie') ?? '')?.[1];
  if (token === undefined) throw new Error('the log-in gave no session');
  return token;
}

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}
