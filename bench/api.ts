/**
 * Measures the gateway's query API over 30 days of 100 hosts: p50 and p99 of sequential calls over one connection, beside
 * the same PromQL sent to Prometheus. The data is written once into bench/data.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { metricByName, metrics } from '../common/catalogue/metrics.ts';
import { currentExpression, historyExpression, matcher } from '../common/catalogue/promql.ts';
import { type TierName } from '../common/catalogue/tiers.ts';
import { type Client, createClient } from './measure/client.ts';
import { readFlags } from './measure/flags.ts';
import { printRow, summarize } from './measure/statistics.ts';
import { hostNames } from './query-api/api-series.ts';
import { type FleetStack, fleetFlags, withFleetStack } from './query-api/fleet-stack.ts';

const flags = readFlags('api', {
  ...fleetFlags,
  calls: [300, 'calls of each kind'],
  cold: [5, 'calls to a new and to an idle process'],
});

async function measure({ prometheusUrl, endMs, startGateway }: FleetStack): Promise<void> {
  const start = async () => {
    const gateway = await startGateway();
    return { gateway, client: createClient(gateway.url, { authorization: `Bearer ${gateway.key}` }) };
  };
  const direct = createClient(prometheusUrl, {});
  const first: number[] = [];
  for (let each = 0; each < flags.cold; each += 1) {
    const { gateway, client } = await start();
    first.push(await client.get('/api/v1/metrics/current'));
    client.close();
    await gateway.stop();
  }
  const { gateway, client } = await start();
  try {
    printRow(['call', 'p50 ms', 'p99 ms', 'at most', 'Prometheus p50', 'p99']);
    const peerCurrent = await repeat(Math.ceil(flags.calls / 10), () => askAllNow(direct, endMs));
    printRow(['current, a new process', ...summarize(first), '', ...summarize(peerCurrent)]);
    await repeat(20, () => client.get('/api/v1/metrics/current'));
    const cold = await repeat(flags.cold, async () => {
      await sleep(idleMs);
      return client.get('/api/v1/metrics/current');
    });
    printRow(['current, all hosts, cold', ...summarize(cold), '200', ...summarize(peerCurrent)]);
    const names = hostNames(flags.hosts);
    const pick = (index: number): string => names[(index * 37) % names.length] as string;
    const warm = await repeat(flags.calls, async () => {
      await sleep(40); // spans several refreshes of the table
      return client.get('/api/v1/metrics/current');
    });
    printRow(['current, all hosts, warm', ...summarize(warm), '50', ...summarize(peerCurrent)]);
    const warmOne = await repeat(flags.calls, (index) => client.get(`/api/v1/metrics/current?host=${pick(index)}`));
    printRow(['current, one host, warm', ...summarize(warmOne), '50']);
    for (const { title, range, tier, stepMs, limit, host } of histories) {
      const hostOf = (index: number): string | undefined => (host === 'one' ? pick(index) : undefined);
      const calls = host === 'one' ? flags.calls : Math.ceil(flags.calls / 10);
      const [ours, peer]: [number[], number[]] = [[], []];
      for (let index = 0; index < calls; index += 1) {
        const metric = chosenMetrics[index % chosenMetrics.length] as string;
        ours.push(await client.get(historyPath(metric, range, hostOf(index))));
        const question = { metric, tier, stepMs, rangeMs: range * 3_600_000, endMs, host: hostOf(index) };
        peer.push(await askHistory(direct, question));
      }
      printRow([title, ...summarize(ours), limit, ...summarize(peer)]);
    }
  } finally {
    client.close();
    direct.close();
    await gateway.stop();
  }
}

/** Without calls for this time, the gateway stops refreshing its table. */
const idleMs = 40_000;

/** One metric of each kind: shares, a rate by device, a level by mount point. */
const chosenMetrics = ['cpu.usage.total', 'memory.usage.percent', 'network.io.bytes.recv', 'disk.usage.percent'];

/** `range` is in hours. Tier and step are the gateway's choices for the range. */
const histories = [
  { title: 'history 1 h, one host', range: 1, tier: 'raw', stepMs: 5_000, limit: '200', host: 'one' },
  { title: 'history 24 h, one host', range: 24, tier: '1m', stepMs: 60_000, limit: '200', host: 'one' },
  { title: 'history 7 d, one host', range: 168, tier: '1m', stepMs: 60_000, limit: '300', host: 'one' },
  { title: 'history 30 d, one host', range: 720, tier: '5m', stepMs: 300_000, limit: '300', host: 'one' },
  { title: 'history 24 h, all hosts', range: 24, tier: '1m', stepMs: 60_000, limit: '', host: 'all' },
] as const satisfies readonly {
  title: string;
  range: number;
  tier: TierName;
  stepMs: number;
  limit: string;
  host: 'one' | 'all';
}[];

function historyPath(metric: string, hours: number, host: string | undefined): string {
  const path = `/api/v1/metrics/history?metric=${metric}&range=${hours}h`;
  return host === undefined ? path : `${path}&host=${host}`;
}

interface Question {
  readonly metric: string;
  readonly tier: TierName;
  readonly stepMs: number;
  readonly rangeMs: number;
  readonly endMs: number;
  readonly host: string | undefined;
}

function askHistory(direct: Client, { metric, tier, stepMs, rangeMs, endMs, host }: Question): Promise<number> {
  const found = metricByName(metric);
  if (found === undefined) throw new Error(`the catalogue has no ${metric}`);
  const matchers = [matcher('job', 'node'), ...(host === undefined ? [] : [matcher('instance', host)])];
  const query = historyExpression(found, tier, { stepMs, matchers });
  const step = String(stepMs / 1_000);
  const parameters = { query, start: String((endMs - rangeMs) / 1_000), end: String(endMs / 1_000), step };
  return direct.get(`/api/v1/query_range?${new URLSearchParams(parameters).toString()}`);
}

/** Requests the same data without the gateway: all metrics in parallel. */
async function askAllNow(direct: Client, endMs: number): Promise<number> {
  const startedMs = performance.now();
  const time = String(endMs / 1_000);
  await Promise.all(
    metrics.map((metric) => {
      const query = currentExpression(metric, [matcher('job', 'node')]);
      return direct.get(`/api/v1/query?${new URLSearchParams({ query, time }).toString()}`);
    }),
  );
  return performance.now() - startedMs;
}

async function repeat(times: number, call: (index: number) => Promise<number>): Promise<number[]> {
  const durations: number[] = [];
  for (let index = 0; index < times; index += 1) durations.push(await call(index));
  return durations;
}

await withFleetStack(flags, measure);
