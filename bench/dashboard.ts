/**
 * Measures the built-in page in Chromium over 30 days of 100 hosts: time until the page is usable, time of a refresh, bytes
 * transferred, and memory before and after many refreshes. The peer is the same queries sent to Prometheus.
 */

import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Browser } from 'playwright-core';
import { packageRoot } from '../common/program/package.ts';
import { type BenchPage, launchBrowser, openBenchPage, type PageQuery } from './browser/dashboard-page.ts';
import { renderRow, summarize } from './query-api/api-client.ts';
import { ensureFleet } from './query-api/api-data.ts';
import { startGateway, startPrometheus } from './query-api/api-programs.ts';

const repository = packageRoot();

const usage = `node bench/dashboard.ts [flags]
  --hosts N       hosts (default 100)
  --loads N       navigations to each dashboard (default 10)
  --refreshes N   refreshes (default 200)
  --program PATH  the built command line (default dist/bin/hostpulse.js)
  --fresh         delete and rewrite the data
`;

/** The measured pages: the first page, the longest range, the most lines, every panel of one host. */
const views = [
  { title: 'overview, 1 h', path: '/d/hostpulse-overview?from=now-1h&to=now&refresh=' },
  { title: 'overview, 30 d', path: '/d/hostpulse-overview?from=now-30d&to=now&refresh=' },
  { title: 'memory, 24 h, all hosts', path: '/d/hostpulse-memory?from=now-24h&to=now&refresh=' },
  { title: 'one host, 6 h', path: '/d/hostpulse-host?from=now-6h&to=now&refresh=&var-instance=web-0007' },
  { title: 'one host, 30 d', path: '/d/hostpulse-host?from=now-30d&to=now&refresh=&var-instance=web-0007' },
] as const;

interface Plan {
  readonly hosts: number;
  readonly loads: number;
  readonly refreshes: number;
  readonly program: string;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      hosts: { type: 'string', default: '100' },
      loads: { type: 'string', default: '10' },
      refreshes: { type: 'string', default: '200' },
      program: { type: 'string', default: join(repository, 'dist', 'bin', 'hostpulse.js') },
      fresh: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(usage);
  const { hosts, loads, refreshes, program } = values;
  const plan = { hosts: Number(hosts), loads: Number(loads), refreshes: Number(refreshes), program };
  if (!existsSync(program)) throw new Error(`${program} is missing: npm run build makes it`);
  const folder = join(repository, 'bench', 'data', `api-${plan.hosts}-hosts`);
  if (values.fresh) rmSync(folder, { recursive: true, force: true });
  const prometheus = await startPrometheus(join(folder, 'prometheus'));
  try {
    const endMs = await ensureFleet({ folder, url: prometheus.url, hosts: plan.hosts, say });
    const scratch = join(folder, 'gateway');
    rmSync(scratch, { recursive: true, force: true });
    mkdirSync(scratch, { recursive: true });
    const gateway = await startGateway({ program, folder: scratch, prometheusUrl: prometheus.url, endMs });
    const browser = await launchBrowser();
    try {
      const key = gateway.headers['authorization']?.replace('Bearer ', '') ?? '';
      await measure(plan, {
        browser,
        prometheusUrl: prometheus.url,
        page: { browser, url: gateway.url, key, nowMs: endMs },
      });
    } finally {
      await browser.close();
      await gateway.stop();
    }
  } finally {
    await prometheus.stop();
  }
}

interface Ground {
  readonly browser: Browser;
  readonly prometheusUrl: string;
  readonly page: Parameters<typeof openBenchPage>[0];
}

async function measure({ loads, refreshes }: Plan, { prometheusUrl, page: options }: Ground): Promise<void> {
  say(renderRow(['navigation', 'p50 ms', 'p99 ms', 'at most', 'queries', 'Prometheus p50', 'ratio']));
  for (const { title, path } of views) {
    const [ours, peer]: [number[], number[]] = [[], []];
    let [queries, weight] = [0, 0];
    for (let load = 0; load < loads; load += 1) {
      const page = await openBenchPage(options); // with an empty cache
      ours.push(await page.open(path));
      const asked = page.takeQueries();
      [queries, weight] = [asked.length, page.pageBytes()];
      peer.push(await askAll(prometheusUrl, asked));
      await page.close();
    }
    say(renderRow([title, ...summarize(ours), '1000', String(queries), summarize(peer)[0], ratio(ours, peer)]));
    if (title === views.at(-1)?.title) say(renderRow(['page weight, KB', (weight / 1_000).toFixed(1), '', '150']));
  }
  await measureRefreshes(await openBenchPage(options), refreshes, prometheusUrl);
}

/** Refreshes before the measurement, which fill caches and compile the code. */
const warmUps = 20;

async function measureRefreshes(page: BenchPage, refreshes: number, prometheusUrl: string): Promise<void> {
  await page.open(views[0].path);
  for (let each = 0; each < warmUps; each += 1) await page.refresh();
  const before = await page.memory();
  const [ours, peer]: [number[], number[]] = [[], []];
  page.takeQueries();
  for (let each = 0; each < refreshes; each += 1) {
    ours.push(await page.refresh());
    const asked = page.takeQueries();
    if (each % 10 === 0) peer.push(await askAll(prometheusUrl, asked));
  }
  const after = await page.memory();
  say(renderRow(['refresh, overview', ...summarize(ours), '300', '', summarize(peer)[0], ratio(ours, peer)]));
  const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(2);
  say(`\nmemory over ${refreshes} refreshes\n`);
  say(renderRow(['', 'before', 'after', 'ratio']));
  const heap = [before.heapBytes, after.heapBytes] as const;
  say(renderRow(['heap, MiB', mebibytes(heap[0]), mebibytes(heap[1]), (heap[1] / heap[0]).toFixed(3)]));
  say(renderRow(['DOM nodes', String(before.nodes), String(after.nodes), (after.nodes / before.nodes).toFixed(3)]));
  await page.close();
}

/** Parallel queries: a browser's limit of connections to one host. */
const connections = 6;

/** Sends the same queries to Prometheus. Returns the milliseconds until the last byte of the last response. */
async function askAll(url: string, queries: readonly PageQuery[]): Promise<number> {
  const startedMs = performance.now();
  const waiting = [...queries];
  await Promise.all(
    Array.from({ length: connections }, async () => {
      for (let query = waiting.shift(); query !== undefined; query = waiting.shift()) {
        const body = new URLSearchParams(query.form);
        // Not compressed: compression would take Prometheus longer than the query.
        const headers = { 'Accept-Encoding': 'identity' };
        const answer = await fetch(`${url}${query.path}`, { method: 'POST', body, headers });
        if (!answer.ok) throw new Error(`Prometheus answered ${answer.status} to ${query.form}`);
        await answer.arrayBuffer();
      }
    }),
  );
  return performance.now() - startedMs;
}

function ratio(ours: readonly number[], peer: readonly number[]): string {
  return (Number(summarize(ours)[0]) / Number(summarize(peer)[0])).toFixed(2);
}

function say(text: string): void {
  process.stdout.write(text);
}

await main();
