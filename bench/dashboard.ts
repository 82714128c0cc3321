/**
 * Measures the built-in page in Chromium over 30 days of 100 hosts: time until the page is usable, time of a refresh, bytes
 * transferred, and memory before and after many refreshes. The peer is the same queries sent to Prometheus.
 */
import { type BenchPage, launchBrowser, openBenchPage, type PageQuery } from './browser/dashboard-page.ts';
import { readFlags } from './measure/flags.ts';
import { printRow, summarize } from './measure/statistics.ts';
import { type FleetStack, fleetFlags, withFleetStack } from './query-api/fleet-stack.ts';

const flags = readFlags('dashboard', {
  ...fleetFlags,
  loads: [10, 'navigations to each dashboard'],
  refreshes: [200, 'refreshes of the overview'],
});

/** The measured pages: the first page, the longest range, the most lines, every panel of one host. */
const views = [
  { title: 'overview, 1 h', path: '/d/hostpulse-overview?from=now-1h&to=now&refresh=' },
  { title: 'overview, 30 d', path: '/d/hostpulse-overview?from=now-30d&to=now&refresh=' },
  { title: 'memory, 24 h, all hosts', path: '/d/hostpulse-memory?from=now-24h&to=now&refresh=' },
  { title: 'one host, 6 h', path: '/d/hostpulse-host?from=now-6h&to=now&refresh=&var-instance=web-0007' },
  { title: 'one host, 30 d', path: '/d/hostpulse-host?from=now-30d&to=now&refresh=&var-instance=web-0007' },
] as const;

async function main({ endMs, prometheusUrl, startGateway }: FleetStack): Promise<void> {
  const gateway = await startGateway();
  const browser = await launchBrowser();
  try {
    const openPage = () => openBenchPage({ browser, url: gateway.url, key: gateway.key, nowMs: endMs });
    await measureNavigations(openPage, prometheusUrl);
    await measureRefreshes(await openPage(), prometheusUrl);
  } finally {
    await browser.close();
    await gateway.stop();
  }
}

async function measureNavigations(openPage: () => Promise<BenchPage>, prometheusUrl: string): Promise<void> {
  printRow(['navigation', 'p50 ms', 'p99 ms', 'at most', 'queries', 'Prometheus p50', 'ratio']);
  for (const { title, path } of views) {
    const [ours, peer]: [number[], number[]] = [[], []];
    let [queries, weight] = [0, 0];
    for (let load = 0; load < flags.loads; load += 1) {
      const page = await openPage(); // with an empty cache
      ours.push(await page.open(path));
      const asked = page.takeQueries();
      [queries, weight] = [asked.length, page.pageBytes()];
      peer.push(await askAll(prometheusUrl, asked));
      await page.close();
    }
    printRow([title, ...summarize(ours), '1000', String(queries), summarize(peer)[0], ratio(ours, peer)]);
    if (title === views.at(-1)?.title) printRow(['page weight, KB', (weight / 1_000).toFixed(1), '', '150']);
  }
}

/** Refreshes before the measurement, which fill caches and compile the code. */
const warmUps = 20;

async function measureRefreshes(page: BenchPage, prometheusUrl: string): Promise<void> {
  await page.open(views[0].path);
  for (let each = 0; each < warmUps; each += 1) await page.refresh();
  const before = await page.memory();
  const [ours, peer]: [number[], number[]] = [[], []];
  page.takeQueries();
  for (let each = 0; each < flags.refreshes; each += 1) {
    ours.push(await page.refresh());
    const asked = page.takeQueries();
    if (each % 10 === 0) peer.push(await askAll(prometheusUrl, asked));
  }
  const after = await page.memory();
  printRow(['refresh, overview', ...summarize(ours), '300', '', summarize(peer)[0], ratio(ours, peer)]);
  const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(2);
  process.stdout.write(`\nmemory over ${flags.refreshes} refreshes\n`);
  printRow(['', 'before', 'after', 'ratio']);
  const heap = [before.heapBytes, after.heapBytes] as const;
  printRow(['heap, MiB', mebibytes(heap[0]), mebibytes(heap[1]), (heap[1] / heap[0]).toFixed(3)]);
  printRow(['DOM nodes', String(before.nodes), String(after.nodes), (after.nodes / before.nodes).toFixed(3)]);
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

await withFleetStack(flags, main);
