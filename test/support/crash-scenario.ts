/** The relay, killed again and again while alerts pass through it to channels that fail at random. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { eventually } from './eventually.ts';
import { freePort } from './process.ts';
import { createTestRelay, type TestRelay } from './relay.ts';
import { seededRandom, startUnreliableSink, type UnreliableSink } from './unreliable-sink.ts';
import { webhookPayloadOf } from './webhook-payload.ts';

export interface CrashRun {
  readonly alerts: number;
  readonly kills: number;
  readonly seed: number;
}

export interface CrashReport {
  readonly duplicates: number;
  readonly failures: number;
}

/** A slow machine spends its time on restarts: only then may the channels recover. */
const manyFailures = 50;

/**
 * Every alert fires and resolves; each webhook is sent until it is answered 200, as Alertmanager does. Checks that both
 * channels were told everything, in order within each episode, and counts what they were told twice.
 */
export async function runCrashes({ alerts, kills, seed }: CrashRun): Promise<CrashReport> {
  const folder = mkdtempSync(join(tmpdir(), 'hostpulse-crash-'));
  const sinks = [await startUnreliableSink(seed), await startUnreliableSink(seed + 1)];
  const [one, two] = sinks.map(({ url }) => ({ type: 'webhook', url }));
  const relay = createTestRelay({ port: await freePort(), folder, config: { channels: { one, two } } });
  try {
    await relay.start();
    await Promise.all([sendAll(relay.url, alerts), killOften(relay, { kills, random: seededRandom(seed + 2) })]);
    await eventually({ what: 'the channels failed often', limitMs: 120_000, pollMs: 50 }, () =>
      failuresOf(sinks) > manyFailures ? true : undefined,
    );
    for (const sink of sinks) sink.recover();
    await eventually({ what: 'the outbox is empty', limitMs: 120_000, pollMs: 250 }, () =>
      count(relay.databasePath, "select count(*) from notifications where state = 'pending'") === 0 ? true : undefined,
    );
    expect(count(relay.databasePath, 'select count(*) from alert_history')).toBe(alerts);
    expect(count(relay.databasePath, 'select count(*) from alert_history where closed_at is null')).toBe(0);
    expect(count(relay.databasePath, "select count(*) from notifications where state <> 'delivered'")).toBe(0);
    const duplicates = sinks.map((sink) => checkTold(sink, alerts));
    return {
      duplicates: duplicates.reduce((sum, each) => sum + each, 0),
      failures: failuresOf(sinks),
    };
  } catch (cause) {
    throw new Error(relay.output().split('\n').slice(-30).join('\n'), { cause });
  } finally {
    await relay.stop('SIGKILL');
    await Promise.all(sinks.map((sink) => sink.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
}

function failuresOf(sinks: readonly UnreliableSink[]): number {
  return sinks.reduce((sum, sink) => sum + sink.failures(), 0);
}

/** Groups of ten, each fired and then resolved. */
async function sendAll(url: string, alerts: number): Promise<void> {
  const startsAtMs = Date.now();
  for (let from = 0; from < alerts; from += 10) {
    const names = Array.from({ length: Math.min(10, alerts - from) }, (_, at) => `A${from + at}`);
    await sendUntilTaken(url, webhookPayloadOf(names.map((name) => ({ name, startsAtMs }))));
    const endsAtMs = Date.now() + 1;
    await sendUntilTaken(
      url,
      webhookPayloadOf(names.map((name) => ({ name, status: 'resolved', startsAtMs, endsAtMs }))),
    );
    await sleep(20);
  }
}

async function sendUntilTaken(url: string, payload: unknown): Promise<void> {
  await eventually({ what: 'the relay takes the webhook', limitMs: 60_000, pollMs: 50 }, async () => {
    const response = await fetch(`${url}/webhook`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(payload),
    });
    if (response.status >= 400 && response.status < 500) throw new Error(`HTTP ${response.status}`);
    return response.ok ? true : undefined;
  });
}

async function killOften(
  relay: TestRelay,
  { kills, random }: { readonly kills: number; readonly random: () => number },
): Promise<void> {
  for (let kill = 0; kill < kills; kill += 1) {
    await sleep(random() * 500);
    await relay.stop('SIGKILL');
    await relay.start();
  }
}

/** Everything at least once, an episode's firing before its end; answers how many were told more than once. */
function checkTold({ accepted }: UnreliableSink, alerts: number): number {
  const firstAt = new Map<string, number>();
  for (const [at, { alert, status }] of accepted.entries())
    if (!firstAt.has(`${alert} ${status}`)) firstAt.set(`${alert} ${status}`, at);
  const expected = Array.from({ length: alerts }, (_, at) => [`A${at} firing`, `A${at} resolved`]).flat();
  expect(expected.filter((each) => !firstAt.has(each))).toEqual([]);
  expect(firstAt.size).toBe(expected.length);
  const unordered = Array.from({ length: alerts }, (_, at) => `A${at}`).filter(
    (name) => (firstAt.get(`${name} firing`) ?? 0) >= (firstAt.get(`${name} resolved`) ?? 0),
  );
  expect(unordered).toEqual([]);
  return accepted.length - firstAt.size;
}

function count(databasePath: string, query: string): number {
  const database = new DatabaseSync(databasePath, { readOnly: true, timeout: 5_000 });
  try {
    return Number(Object.values(database.prepare(query).get() ?? {})[0]);
  } finally {
    database.close();
  }
}
