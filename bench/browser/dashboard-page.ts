/** The built-in page in Chromium, as the benchmark of it needs it: logged in, at the data's time, its requests and bytes counted. */
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { sessionCookieName } from '../../common/http/credential.ts';
import { findProgram } from '../measure/program.ts';

/** One query as the page sent it: path and form. */
export interface PageQuery {
  readonly path: string;
  readonly form: string;
}

export interface BenchPage {
  readonly page: Page;
  /** Milliseconds from the navigation until every panel on the screen shows its data. */
  open(path: string): Promise<number>;
  /** Milliseconds from the key until the same. */
  refresh(): Promise<number>;
  /** Since the last call. */
  takeQueries(): readonly PageQuery[];
  /** As they came over the wire, compressed, of the page itself: not of answers. */
  pageBytes(): number;
  /** Bytes of live objects and DOM nodes, after a collection. */
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

/** Nothing is in its cache. */
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

  // The browser has its process and its connection; of the page it has nothing.
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
 * In the page: once panels on the screen were busy, none is, each chart has its canvas, and the frame that shows it is over. It
 * looks in every frame; Playwright's `waitFor` looks after 20, 70, 170, 270, 770, 1,270, ... ms, which would be what is measured.
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
    requestAnimationFrame(() => setTimeout(next)); // after the frame, when the layout is done
  };
  look();
})`;

/** In the page: dates stand still. Playwright's clock would put timers and frames of its own in the place of the browser's, too. */
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
