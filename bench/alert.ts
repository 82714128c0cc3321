/**
 * Measures the time from a crossed threshold to a sent message, by stage, with real Prometheus, Alertmanager and relay. The
 * peer is Alertmanager's own webhook and Slack notification to receivers of the same kind in the same flush.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startAlertPrograms } from './alerting/alert-programs.ts';
import { type Sinks, startSinks } from './alerting/alert-sinks.ts';
import { programFlag, readFlags } from './measure/flags.ts';
import { printRow, quantile } from './measure/statistics.ts';

const flags = readFlags('alert', {
  alerts: [60, 'alerts, each with its own rule'],
  every: [1_000, 'milliseconds from one crossing to the next'],
  scrape: ['1s', "Prometheus' scrape interval (the product's: 5s)"],
  evaluation: ['1s', 'how often rules are evaluated (15s)'],
  for: ['0s', 'how long a threshold must be crossed (1m and more)'],
  'group-wait': ['1s', "Alertmanager's group_wait (10s)"],
  ...programFlag,
});

/** Sinks of the relay's channels, and of Alertmanager's own notifications. */
const relaySinks = ['webhook', 'slack', 'slack bot', 'mail', 'mail with picture'] as const;
const peerSinks = ['peer webhook', 'peer slack'] as const;

/** A picture that is not uploaded by then counts as omitted: messages do not wait for pictures. */
const picturesLimitMs = 6_000;

interface Target {
  readonly address: string;
  cross(alert: string): void;
  readonly crossedMs: ReadonlyMap<string, number>;
  /** Time of the first scrape with the crossed value, by alert. */
  readonly scrapedMs: ReadonlyMap<string, number>;
  /** Number of answered scrapes. */
  scrapes(): number;
  stop(): Promise<void>;
}

async function startTarget(alerts: readonly string[]): Promise<Target> {
  const crossedMs = new Map<string, number>();
  const scrapedMs = new Map<string, number>();
  let scrapes = 0;
  const server = createServer((_request, response) => {
    scrapes += 1;
    for (const alert of crossedMs.keys()) if (!scrapedMs.has(alert)) scrapedMs.set(alert, Date.now());
    const lines = alerts.map((alert) => `bench_value{alert="${alert}"} ${crossedMs.has(alert) ? 91.5 : 42}`);
    response.setHeader('Content-Type', 'text/plain; version=0.0.4');
    response.end(`# TYPE bench_value gauge\n${lines.join('\n')}\n`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    cross: (alert) => void crossedMs.set(alert, Date.now()),
    crossedMs,
    scrapedMs,
    scrapes: () => scrapes,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Returns the durations of the relay's stages in milliseconds, by `stage` or `stage channel`. */
function createStages() {
  const all = new Map<string, number[]>();
  return {
    add(line: string): void {
      if (!line.includes('"msg":"stage"')) return;
      const { stage, channel, ms } = JSON.parse(line) as { stage: string; channel?: string; ms: number };
      for (const key of channel === undefined ? [stage] : [stage, `${stage} ${channel}`])
        all.set(key, [...(all.get(key) ?? []), ms]);
    },
    of: (key: string): readonly number[] => all.get(key) ?? [],
  };
}

async function main(): Promise<void> {
  const alerts = Array.from({ length: flags.alerts }, (_, at) => `Crossed${String(at).padStart(4, '0')}`);
  const folder = mkdtempSync(join(tmpdir(), 'hostpulse-bench-alert-'));
  const stages = createStages();
  const fired = new Map<string, number>();
  const target = await startTarget(alerts);
  const sinks = await startSinks(/Crossed\d{4}/);
  const times = { ...flags, groupWait: flags['group-wait'] };
  const ends = { alerts, target: target.address, sinks, onRelayLine: (line: string) => stages.add(line) };
  const programs = await startAlertPrograms({ ...times, folder, ...ends });
  try {
    const prometheusUrl = programs.at(-1)?.url ?? '';
    while (target.scrapes() < 8) await sleep(100); // Prometheus has discovered Alertmanager by then
    for (const alert of alerts) {
      target.cross(alert);
      await sleep(flags.every);
    }
    await allHeard(sinks, alerts);
    await sleep(picturesLimitMs);
    await readFired(prometheusUrl, fired);
    report({ alerts, target, sinks, fired, stages });
  } finally {
    for (const program of [...programs].reverse()) await program.stop();
    await Promise.all([target.stop(), sinks.stop()]);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Throws when an alert has not reached every sink two minutes after the last crossing. */
async function allHeard(sinks: Sinks, alerts: readonly string[]): Promise<void> {
  const deadlineMs = performance.now() + 120_000;
  for (const sink of [...relaySinks, ...peerSinks])
    for (const alert of alerts)
      while (sinks.tryTime(sink, alert) === undefined) {
        if (performance.now() > deadlineMs) throw new Error(`${sink} never heard of ${alert}`);
        await sleep(50);
      }
}

/** Returns the time of the evaluation at which the rule fired, `for` included. */
async function readFired(prometheusUrl: string, fired: Map<string, number>): Promise<void> {
  const answer = (await (await fetch(`${prometheusUrl}/api/v1/alerts`)).json()) as {
    readonly data: {
      readonly alerts: readonly { readonly labels: Record<string, string>; readonly activeAt: string }[];
    };
  };
  for (const { labels, activeAt } of answer.data.alerts) fired.set(labels['alertname'] ?? '', Date.parse(activeAt));
}

interface Measured {
  readonly alerts: readonly string[];
  readonly target: Target;
  readonly sinks: Sinks;
  readonly fired: ReadonlyMap<string, number>;
  readonly stages: ReturnType<typeof createStages>;
}

function report({ alerts, target, sinks, fired, stages }: Measured): void {
  const between = (from: (alert: string) => number | undefined, to: (alert: string) => number | undefined): number[] =>
    alerts.map((alert) => (to(alert) ?? Number.NaN) - (from(alert) ?? Number.NaN)).filter(Number.isFinite);
  const crossed = (alert: string) => target.crossedMs.get(alert);
  const scraped = (alert: string) => target.scrapedMs.get(alert);
  const active = (alert: string) => fired.get(alert);
  const heard = (sink: string) => (alert: string) => sinks.tryTime(sink, alert);
  const { scrape, evaluation, for: holds, 'group-wait': groupWait } = flags;
  console.log(
    `${alerts.length} alerts; scrape ${scrape}, evaluation ${evaluation}, for ${holds}, group_wait ${groupWait}`,
  );
  head('ms, one after the other');
  row('threshold crossed -> scraped', between(crossed, scraped));
  row('scraped -> rule true', between(scraped, active));
  row('rule true -> for, group_wait, Alertmanager sends', between(active, heard('peer webhook')));
  head('ms, inside the relay');
  for (const stage of ['accept', 'store', 'dedup', 'route', 'wait', 'render']) row(stage, stages.of(stage));
  for (const channel of ['pictured', 'bot']) row(`picture, ${channel}`, stages.of(`picture ${channel}`));
  for (const channel of ['webhook', 'slack', 'bot', 'mail', 'pictured'])
    row(`deliver, ${channel}`, stages.of(`deliver ${channel}`));
  row('settle', stages.of('settle'));
  head('ms, threshold crossed -> message sent');
  for (const sink of [...relaySinks, 'slack picture', ...peerSinks]) row(sink, between(crossed, heard(sink)));
  head("ms, relay's less Alertmanager's own of the same alert");
  row('webhook', between(heard('peer webhook'), heard('webhook')));
  row('slack', between(heard('peer slack'), heard('slack')));
  const ratio = quantile(between(crossed, heard('slack')), 0.5) / quantile(between(crossed, heard('peer slack')), 0.5);
  console.log(
    `\nslack by the relay takes ${ratio.toFixed(3)} x as long as by Alertmanager itself (p50, crossed -> sent)`,
  );
}

function head(title: string): void {
  console.log();
  printRow([title, 'p50', 'p99', 'n'], [52], 10);
}

function row(name: string, values: readonly number[]): void {
  const quantiles = [0.5, 0.99].map((share) => quantile(values, share).toFixed(1));
  printRow([`  ${name}`, ...quantiles, String(values.length)], [52], 10);
}

await main();
