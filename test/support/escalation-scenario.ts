/** Kills a relay repeatedly while alerts escalate over four channels. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { eventually } from './eventually.ts';
import { freePort } from './process.ts';
import { createTestRelay } from './relay.ts';
import { seededRandom } from './unreliable-sink.ts';
import { webhookPayloadOf } from './webhook-payload.ts';

export interface EscalationRun {
  readonly kills: number;
  /** Alerts that start before each kill. */
  readonly alertsPerKill: number;
  readonly seed: number;
}

export interface EscalationReport {
  readonly alerts: number;
  readonly duplicates: number;
  /** The longest time between the due time of a step and its message. */
  readonly latestMs: number;
}

interface Arrival {
  readonly alert: string;
  readonly status: string;
  readonly atMs: number;
}

const names = ['first', 'second', 'third', 'fourth'] as const;
const stepMs = 1_500;
const page = { limitMs: 120_000, pollMs: 50 };

/**
 * Fires alerts, kills the relay at random times between and within the steps, and resolves the alerts at the end. Checks that
 * every channel got every alert and its resolution, in this order, and no step before its time. Counts the duplicates.
 */
export async function runEscalations({ kills, alertsPerKill, seed }: EscalationRun): Promise<EscalationReport> {
  const folder = mkdtempSync(join(tmpdir(), 'hostpulse-escalation-'));
  const random = seededRandom(seed);
  const sink = await startSink();
  const steps = names.slice(1).map((name, at) => ({ after: `${(at + 1) * stepMs}ms`, channels: [name] }));
  const relay = createTestRelay({
    port: await freePort(),
    folder,
    config: {
      web: { drain_delay: '0s' },
      channels: Object.fromEntries(
        names.map((name) => [name, { type: 'webhook', url: sink.urlOf(name), timeout: '5s' }]),
      ),
      escalations: { ops: steps },
      routes: [{ channels: ['first'], escalation: 'ops' }],
    },
  });
  const startedAtMs = new Map<string, number>();

  async function post(alerts: readonly string[], status: 'firing' | 'resolved'): Promise<void> {
    const startsAtMs = Date.now();
    const endsAtMs = startsAtMs + 1;
    const payload = webhookPayloadOf(alerts.map((name) => ({ name, status, startsAtMs, endsAtMs })));
    await eventually({ what: 'the relay takes the webhook', ...page }, async () => {
      const response = await fetch(`${relay.url}/webhook`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(payload),
      });
      return response.ok ? true : undefined;
    });
  }
  const untilAll = (status: string) =>
    eventually({ what: `every channel has every ${status}`, ...page }, () =>
      names.every((name) => countOf(sink.arrivals(name), status) === startedAtMs.size) ? true : undefined,
    );

  try {
    await relay.start();
    for (let kill = 0; kill < kills; kill += 1) {
      const alerts = Array.from({ length: alertsPerKill }, (_, at) => `A${kill * alertsPerKill + at}`);
      for (const alert of alerts) startedAtMs.set(alert, Date.now());
      await post(alerts, 'firing');
      await sleep(random() * 2 * stepMs);
      await relay.stop('SIGKILL');
      await relay.start();
    }
    await untilAll('firing');
    await post([...startedAtMs.keys()], 'resolved');
    await untilAll('resolved');
    return report(startedAtMs, sink.arrivals);
  } catch (cause) {
    throw new Error(relay.output().split('\n').slice(-40).join('\n'), { cause });
  } finally {
    await relay.stop('SIGKILL');
    await sink.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function countOf(arrivals: readonly Arrival[], status: string): number {
  return new Set(arrivals.filter((each) => each.status === status).map(({ alert }) => alert)).size;
}

function report(
  startedAtMs: ReadonlyMap<string, number>,
  arrivals: (channel: string) => readonly Arrival[],
): EscalationReport {
  let duplicates = 0;
  let latestMs = 0;
  for (const [step, channel] of names.entries()) {
    const got = arrivals(channel);
    duplicates += got.length - 2 * startedAtMs.size;
    for (const [alert, startMs] of startedAtMs) {
      const own = got.filter((each) => each.alert === alert);
      const lateMs = (own[0]?.atMs ?? 0) - startMs - step * stepMs;
      expect([channel, alert, own[0]?.status, own.at(-1)?.status]).toEqual([channel, alert, 'firing', 'resolved']);
      expect(lateMs).toBeGreaterThanOrEqual(0);
      latestMs = Math.max(latestMs, lateMs);
    }
  }
  return { alerts: startedAtMs.size, duplicates, latestMs };
}

/** Receives the messages of all channels, one path for each. */
async function startSink() {
  const arrivals = new Map<string, Arrival[]>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { alert, status } = JSON.parse(Buffer.concat(chunks).toString()) as Omit<Arrival, 'atMs'>;
      const channel = (request.url ?? '').slice(1);
      arrivals.set(channel, [...(arrivals.get(channel) ?? []), { alert, status, atMs: Date.now() }]);
      response.end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    urlOf: (channel: string) => `http://127.0.0.1:${port}/${channel}`,
    arrivals: (channel: string): readonly Arrival[] => arrivals.get(channel) ?? [],
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
