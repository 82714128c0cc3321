/**
 * `npm run test:scale-out` runs two gateways, two relays, PostgreSQL, VictoriaMetrics, vmalert, Alertmanager and nginx as real processes,
 * while 200 simulated hosts push through nginx. The test kills each program in turn and starts the program again after some seconds.
 * While a program is down, ten alerts begin. The test fails unless every accepted sample is stored once with its value, and every alert
 * is delivered.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Comparison, compareSeries, queuedBatches } from '../support/accepted-samples.ts';
import { eventually } from '../support/eventually.ts';
import { say } from '../support/printed-checks.ts';
import type { SamplesByHost } from '../support/simulated-hosts.ts';
import { startWebhookSink, type WebhookSink } from '../support/webhook-sink.ts';
import { hostName, startFleet } from './fleet.ts';
import { createTopology, type Part, type Topology } from './topology.ts';

const { values: flags } = parseArgs({
  options: {
    hosts: { type: 'string', default: '200' },
    series: { type: 'string', default: '20' },
    'down-seconds': { type: 'string', default: '8' },
    'settle-seconds': { type: 'string', default: '12' },
  },
});
const hosts = Number(flags.hosts);
const alertsPerKill = 10;

/** Returns the number of received messages for each alert and status, by `phase host status`. */
function delivered(sink: WebhookSink): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { body } of sink.received) {
    const { phase = '', instance = '' } = (body['labels'] ?? {}) as Readonly<Record<string, string>>;
    const key = `${phase} ${instance} ${String(body['status'])}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'hostpulse-scale-out-'));
  const sink = await startWebhookSink();
  const startMs = Date.now();
  const topology = await createTopology({ folder, sinkUrl: sink.url });
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void topology.stop().finally(() => process.exit(1)));
  try {
    await topology.start();
    say(`started: ${topology.parts.map(({ name }) => name).join(', ')}; ${hosts} hosts push every 5 s`);
    /** Phases by host. A host with a phase has an alert. */
    const phases = new Map<string, string>();
    const expected: string[] = [];
    const fleet = startFleet({
      url: topology.url,
      key: topology.key,
      hosts,
      intervalMs: 5_000,
      seriesPerHost: Number(flags.series),
      phaseOf: (host) => phases.get(host),
    });
    await sleep(15_000);
    for (const [index, part] of topology.parts.entries()) {
      await kill(part, () => {
        for (let alert = 0; alert < alertsPerKill; alert += 1) {
          const host = hostName((index * alertsPerKill + alert) % hosts);
          phases.set(host, `k${index}`);
          expected.push(`k${index} ${host} firing`);
        }
      });
      say(`${part.name}: killed and started again; ${fleet.counts.samples} samples accepted so far`);
    }
    await eventually({ what: 'every alert is delivered', limitMs: 180_000, pollMs: 1_000 }, () => {
      const counts = delivered(sink);
      return expected.every((alert) => counts.has(alert)) ? true : undefined;
    }).catch(async (cause: unknown) => {
      const counts = delivered(sink);
      const missing = expected.filter((alert) => !counts.has(alert));
      throw new Error(`alerts not delivered:\n${(await traceAlerts(topology, missing)).join('\n')}`, { cause });
    });
    await fleet.stop();
    await eventually({ what: 'the queues are empty', limitMs: 300_000, pollMs: 1_000 }, async () => {
      const batches = await Promise.all(topology.gatewayUrls.map(queuedBatches));
      return batches.every((count) => count === 0) ? true : undefined;
    });
    const { samples, faults } = await compareStored(topology, fleet.accepted, startMs);
    if (samples === 0) throw new Error('no sample was accepted');
    if (faults.length > 0) throw new Error(`${faults.length} series differ:\n${faults.slice(0, 20).join('\n')}`);
    const counts = delivered(sink);
    const twice = expected.filter((alert) => (counts.get(alert) ?? 0) > 1).length;
    const resolved = [...counts.keys()].filter((key) => key.endsWith(' resolved')).length;
    const { pushes, repeated } = fleet.counts;
    say(
      `samples: ${samples} accepted and stored once; ${pushes} pushes, of which ${repeated} were sent more than once`,
    );
    say(`alerts: ${expected.length} delivered, of which ${twice} more than once; ${resolved} resolutions delivered`);
    say(`passed in ${Math.round((Date.now() - startMs) / 1_000)} s`);
  } finally {
    await topology.stop();
    await sink.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Compares the accepted samples of each host with the samples in VictoriaMetrics. */
async function compareStored({ backend }: Topology, accepted: SamplesByHost, startMs: number): Promise<Comparison> {
  await backend.flush();
  let samples = 0;
  const faults: string[] = [];
  for (const [host, series] of accepted) {
    const stored = await backend.exportSamples(`__name__=~"scale_.+",instance="${host}"`, startMs);
    const compared = compareSeries(series, stored);
    samples += compared.samples;
    faults.push(...compared.faults);
  }
  return { samples, faults };
}

/** Returns a line for each alert with the programs that know the alert. */
async function traceAlerts(
  { backend, alertmanagerUrl }: Topology,
  alerts: readonly string[],
): Promise<readonly string[]> {
  const query = async (expression: string): Promise<ReadonlySet<string>> => {
    const response = await fetch(`${backend.url}/api/v1/query?query=${encodeURIComponent(expression)}`);
    const { data } = (await response.json()) as {
      readonly data: { readonly result: readonly { readonly metric: Readonly<Record<string, string>> }[] };
    };
    return new Set(data.result.map(({ metric }) => `${metric['phase']} ${metric['instance']} firing`));
  };
  const stored = await query('last_over_time(scale_condition[1h])');
  const fired = await query('last_over_time(ALERTS{alertname="ScaleOut",alertstate="firing"}[1h])');
  const active = (await (await fetch(`${alertmanagerUrl}/api/v2/alerts`)).json()) as readonly {
    readonly labels: Readonly<Record<string, string>>;
  }[];
  const known = new Set(active.map(({ labels }) => `${labels['phase']} ${labels['instance']} firing`));
  return alerts.map(
    (alert) =>
      `${alert}: sample ${stored.has(alert) ? 'stored' : 'missing'}, ` +
      `vmalert ${fired.has(alert) ? 'fired' : 'did not fire'}, ` +
      `Alertmanager ${known.has(alert) ? 'has it' : 'does not have it'}`,
  );
}

/** Kills the program, calls `whileDown`, and starts the program again. */
async function kill({ program, signal }: Part, whileDown: () => void): Promise<void> {
  await program.stop(signal);
  whileDown();
  await sleep(Number(flags['down-seconds']) * 1_000);
  await program.start();
  await sleep(Number(flags['settle-seconds']) * 1_000);
}

await main();
