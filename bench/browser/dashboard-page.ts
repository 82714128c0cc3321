/** Opens the built-in page in Chromium, logged in and with the clock at the end of the data, and counts requests and bytes. */
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { sessionCookieName } from '../../ingest-gateway/auth/credentials.ts';
import { findProgram } from '../measure/program.ts';

/** A query of the page: path and form. */
export interface PageQuery {
  readonly path: string;
  readonly form: string;
}

export interface BenchPage {
  readonly page: Page;
  /** Milliseconds from the navigation until every panel on the screen shows its data. */
  open(path: string): Promise<number>;
  /** Milliseconds from the refresh key until every panel on the screen shows its data. */
  refresh(): Promise<number>;
  /** Queries since the previous call. */
  takeQueries(): readonly PageQuery[];
  /** Compressed bytes of the page's files; without API responses. */
  pageBytes(): number;
  /** Live bytes and DOM nodes after a garbage collection. */
  memory(): Promise<{ readonly heapBytes: number; readonly nodes: number }>;
  close(): Promise<void>;
}

export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: findProgram('chromium', 'chromium-browser'), args: ['--no-sandbox'] });
}

export interface BenchPageOptions {
  readonly browser: Browser;
  readonly url: string;
  readonly key: string;
  readonly nowMs: number;
}

/** Opens the page with an empty cache. */
export async function openBenchPage({ browser, url, key, nowMs }: BenchPageOptions): Promise<BenchPage> {
  const context: BrowserContext = await browser.newContext({ viewport: { width: 1_400, height: 900 } });
  const session = { url, name: sessionCookieName, value: await openSession(url, key), httpOnly: true } as const;
  await context.addCookies([session]);
  const page = await context.newPage();
  await page.addInitScript(fixTime(nowMs));
  const queries: PageQuery[] = [];
  let pageBytes = 0;
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.startsWith('/api/v1/query')) queries.push({ path: pathname, form: request.postData() ?? '' });
  });
  const devtools = await context.newCDPSession(page);
  await devtools.send('Network.enable');
  const answers = new Set<string>();
  devtools.on('Network.responseReceived', ({ requestId, response }) => {
    if (/\/(?:api|page)\//.test(new URL(response.url).pathname)) answers.add(requestId);
  });
  devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (!answers.has(requestId)) pageBytes += encodedDataLength;
  });

  // Process and connection exist by now; no file of the page is cached.
  await page.goto(`${url}/docs`);
  pageBytes = 0;

  return {
    page,
    async open(path) {
      const startedMs = performance.now();
      await page.goto(`${url}${path}`, { waitUntil: 'commit' });
      await page.evaluate(untilSettled);
      return performance.now() - startedMs;
    },
    async refresh() {
      const settled = page.evaluate(untilSettled);
      const startedMs = performance.now();
      await page.keyboard.press('r');
      await settled;
      return performance.now() - startedMs;
    },
    takeQueries: () => queries.splice(0),
    pageBytes: () => pageBytes,
    async memory() {
      await devtools.send('HeapProfiler.collectGarbage');
      await devtools.send('Performance.enable');
      const { metrics } = await devtools.send('Performance.getMetrics');
      const valueOf = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? Number.NaN;
      return { heapBytes: valueOf('JSHeapUsedSize'), nodes: valueOf('Nodes') };
    },
    close: () => context.close(),
  };
}

/**
 * Runs in the page. Resolves when panels on the screen were busy and no longer are, every chart has a canvas, and the frame
 * has been drawn. Checks in every frame: Playwright's `waitFor` checks after 20, 70, 170, 270, 770, 1,270, ... ms.
 */
const untilSettled = `new Promise((resolve) => {
  const isShown = (panel) => {
    const { top, bottom } = panel.getBoundingClientRect();
    return top < innerHeight && bottom > 0;
  };
  let wasBusy = false;
  const look = () => {
    const shown = [...document.querySelectorAll('.panel')].filter(isShown);
    const isBusy = shown.some((panel) => panel.ariaBusy === 'true');
    wasBusy ||= isBusy;
    const isDrawn = shown.length > 0 && shown.every((panel) => panel.querySelector('.chart-canvas:empty') === null);
    const next = wasBusy && !isBusy && isDrawn ? resolve : look;
    requestAnimationFrame(() => setTimeout(next)); // after layout and paint of the frame
  };
  look();
})`;

/** Runs in the page: fixes dates. Playwright's clock would also replace the browser's timers and frames. */
function fixTime(nowMs: number): string {
  return `{
    const RealDate = Date;
    window.Date = class extends RealDate {
      constructor(...given) {
        super(...(given.length === 0 ? [${nowMs}] : given));
      }
      static now() {
        return ${nowMs};
      }
    };
  }`;
}

async function openSession(url: string, key: string): Promise<string> {
  const body = new URLSearchParams({ key });
  const { headers } = await fetch(`${url}/login`, { method: 'POST', body, redirect: 'manual' });
  const token = new RegExp(`${sessionCookieName}=([^;]+)`).exec(headers.get('set-cookie') ?? '')?.[1];
  if (token === undefined) throw new Error('the log-in gave no session');
  return token;
}
