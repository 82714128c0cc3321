/** Kills relays repeatedly while alerts pass through them to channels that fail at random. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { sql } from 'kysely';
import { Secret } from '../../common/program/settings/secret.ts';
import { openStore, type Store } from '../../common/store/open.ts';
import { eventually } from './eventually.ts';
import { freePort } from './process.ts';
import { createTestRelay, type TestRelay } from './relay.ts';
import { seededRandom, startUnreliableSink, type UnreliableSink } from './unreliable-sink.ts';
import { webhookPayloadOf } from './webhook-payload.ts';

export interface CrashRun {
  readonly alerts: number;
  readonly kills: number;
  readonly seed: number;
  /** URL of an empty PostgreSQL database that two relays share. Absent: one relay on a SQLite file. */
  readonly databaseUrl?: string;
}

export interface CrashReport {
  readonly duplicates: number;
  readonly failures: number;
  /** Messages that a channel accepted without its answer reaching the relay. Each is sent twice. */
  readonly lostAnswers: number;
  /** Messages that each relay logged as delivered. */
  readonly delivered: readonly number[];
}

/** Failures before the channels recover. A slow machine spends most of the time on restarts. */
const manyFailures = 50;

/**
 * Fires and resolves every alert. Sends each webhook to every relay until it answers 200, as Alertmanager does. Checks that both
 * channels got every message, in order within each episode, and counts the duplicates.
 */
export async function runCrashes({ alerts, kills, seed, databaseUrl }: CrashRun): Promise<CrashReport> {
  const folder = mkdtempSync(join(tmpdir(), 'hostpulse-crash-'));
  const sinks = [await startUnreliableSink(seed), await startUnreliableSink(seed + 1)];
  const [one, two] = sinks.map(({ url }) => ({ type: 'webhook', url, timeout: '5s' }));
  const database = databaseUrl === undefined ? {} : { database: { url: databaseUrl } };
  const relays: TestRelay[] = [];
  for (const name of databaseUrl === undefined ? ['one'] : ['one', 'two'])
    relays.push(
      createTestRelay({
        port: await freePort(),
        folder: join(folder, name),
        config: { ...database, channels: { one, two } },
      }),
    );
  let store: Store | undefined;
  try {
    await Promise.all(relays.map((relay) => relay.start()));
    const url = databaseUrl === undefined ? undefined : new Secret(databaseUrl);
    store = await openStore({ path: relays[0]?.databasePath ?? '', url });
    await Promise.all([sendAll(relays, alerts), killOften(relays, { kills, random: seededRandom(seed + 2) })]);
    await eventually({ what: 'the channels failed often', limitMs: 120_000, pollMs: 50 }, () =>
      failuresOf(sinks) > manyFailures ? true : undefined,
    );
    for (const sink of sinks) sink.recover();
    const count = (query: string): Promise<number> => countRows(store as Store, query);
    await eventually({ what: 'the outbox is empty', limitMs: 120_000, pollMs: 250 }, async () =>
      (await count("select count(*) as n from notifications where state = 'pending'")) === 0 ? true : undefined,
    );
    expect(await count('select count(*) as n from alert_history')).toBe(alerts);
    expect(await count('select count(*) as n from alert_history where closed_at is null')).toBe(0);
    expect(await count('select count(*) as n from notifications')).toBe(4 * alerts);
    expect(await count("select count(*) as n from notifications where state <> 'delivered'")).toBe(0);
    const duplicates = sinks.map((sink) => checkAccepted(sink, alerts));
    return {
      duplicates: duplicates.reduce((sum, each) => sum + each, 0),
      failures: failuresOf(sinks),
      lostAnswers: sinks.reduce((sum, sink) => sum + sink.lostAnswers(), 0),
      delivered: relays.map((relay) => relay.output().split('msg=delivered').length - 1),
    };
  } catch (cause) {
    const words = relays.map((relay) => relay.output().split('\n').slice(-30).join('\n'));
    throw new Error(words.join('\n\n'), { cause });
  } finally {
    await store?.close();
    await Promise.all(relays.map((relay) => relay.stop('SIGKILL')));
    await Promise.all(sinks.map((sink) => sink.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
}

function failuresOf(sinks: readonly UnreliableSink[]): number {
  return sinks.reduce((sum, sink) => sum + sink.failures(), 0);
}

/** Sends groups of ten, each firing and then resolved. */
async function sendAll(relays: readonly TestRelay[], alerts: number): Promise<void> {
  const startsAtMs = Date.now();
  const sendToAll = (payload: unknown) => Promise.all(relays.map(({ url }) => sendUntilTaken(url, payload)));
  for (let from = 0; from < alerts; from += 10) {
    const names = Array.from({ length: Math.min(10, alerts - from) }, (_, at) => `A${from + at}`);
    await sendToAll(webhookPayloadOf(names.map((name) => ({ name, startsAtMs }))));
    const endsAtMs = Date.now() + 1;
    await sendToAll(webhookPayloadOf(names.map((name) => ({ name, status: 'resolved', startsAtMs, endsAtMs }))));
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

/** Kills one relay at a time, so that another relay is running. */
async function killOften(
  relays: readonly TestRelay[],
  { kills, random }: { readonly kills: number; readonly random: () => number },
): Promise<void> {
  for (let kill = 0; kill < kills; kill += 1) {
    await sleep(random() * 500);
    const relay = relays[Math.floor(random() * relays.length)];
    await relay?.stop('SIGKILL');
    await relay?.start();
  }
}

/** Checks that every message arrived, each firing before its resolution. Returns the number of duplicates. */
function checkAccepted({ accepted }: UnreliableSink, alerts: number): number {
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

async function countRows({ db }: Store, query: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`${sql.raw(query)}`.execute(db);
  return Number(rows[0]?.n);
}
