/** The edit lock of gateways that share a real database, and the repairs under the lock: when they run, retry and end. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { claimLease, LeaseLost, LeaseTaken } from '../../../../common/store/leases.ts';
import { openStore, type Store } from '../../../../common/store/open.ts';
import {
  createEditLock,
  createRuleRepair,
  type EditLock,
  type RuleRepair,
} from '../../../../ingest-gateway/rules/edit/edit-lock.ts';
import { eventually } from '../../../support/eventually.ts';
import { createLogLines, type LogLines } from '../../../support/log-lines.ts';
import { createRandom } from '../../../support/random.ts';

let folder = '';
let stores: readonly Store[] = [];
let nowMs = 0;
let log: LogLines;
let locks: readonly [EditLock, EditLock];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hostpulse-edit-lock-'));
  const path = join(folder, 'hostpulse.db');
  stores = [await openStore({ path }), await openStore({ path })];
  nowMs = 1_000_000;
  log = createLogLines();
  const [one, other] = stores.map(({ db }) => createEditLock({ db, log: log.log, now: () => nowMs }));
  locks = [one, other] as [EditLock, EditLock];
});
afterEach(async () => {
  for (const store of stores) await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const yieldTurn = () => new Promise((resolve) => setImmediate(resolve));

test('edits of two gateways run one after the other', async () => {
  const seen: string[] = [];
  let running = 0;
  const edit = (name: string) => async (): Promise<void> => {
    running += 1;
    seen.push(`${name} ${running}`);
    await yieldTurn();
    running -= 1;
  };
  await Promise.all([0, 1, 2, 3, 4, 5].map((n) => (locks[n % 2] as EditLock).run(edit(`c${n}`))));
  expect([...seen].sort((a, b) => (a < b ? -1 : 1))).toEqual(['c0 1', 'c1 1', 'c2 1', 'c3 1', 'c4 1', 'c5 1']);
});

test('a killed gateway delays the next edit by the lifetime of its lease', async () => {
  const [lock] = locks;
  const db = (stores[0] as Store).db;
  await claimLease(db, { name: 'alert-rules', holder: 'killed', lifetimeMs: 15_000, nowMs });
  await expect(lock.run(() => Promise.resolve('done'), { waitMs: 0 })).rejects.toMatchObject({
    status: 503,
    headers: { 'Retry-After': '5' },
    cause: expect.any(LeaseTaken),
  });
  nowMs += 15_000;
  await expect(lock.run(() => Promise.resolve('done'), { waitMs: 0 })).resolves.toBe('done');
});

test('an edit that fails releases the lock', async () => {
  const [lock, other] = locks;
  await expect(lock.run(() => Promise.reject(new Error('no')), { waitMs: 0 })).rejects.toThrow('no');
  await expect(other.run(() => Promise.resolve('next'), { waitMs: 0 })).resolves.toBe('next');
});

/**
 * One gateway takes steps and stalls before one of them for longer than its lease; the other gateway makes an edit then. The
 * order of all confirmed steps must be that of two edits which never overlap.
 */
test.each([0, 1, 2, 3, 4])('a gateway that stalls before step %d takes no further step', async (stalledAt) => {
  const [lock, other] = locks;
  const taken: string[] = [];
  const stalled = lock.run(async (lease) => {
    for (let step = 0; step < 4; step += 1) {
      if (step === stalledAt) {
        nowMs += 20_000;
        await other.run(async (next) => {
          await next.confirm();
          taken.push('other');
        });
      }
      await lease.confirm();
      taken.push(`step ${step}`);
    }
    return 'done';
  });
  if (stalledAt === 4) {
    await expect(stalled).resolves.toBe('done');
    expect(taken).toEqual(['step 0', 'step 1', 'step 2', 'step 3']);
    return;
  }
  await expect(stalled).rejects.toMatchObject({
    status: 503,
    title: 'another gateway took over during the change; read the rule before you retry',
    headers: { 'Retry-After': '5' },
    cause: expect.any(LeaseLost),
  });
  expect(taken).toEqual([...[0, 1, 2, 3].slice(0, stalledAt).map((step) => `step ${step}`), 'other']);
});

test('random stalls: the confirmed steps of edits never overlap', async () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const random = createRandom(seed);
    const taken: number[] = [];
    const edit = (id: number) =>
      (locks[id % 2] as EditLock).run(async (lease) => {
        for (let step = 0; step < 4; step += 1) {
          if (random.below(6) === 0) nowMs += 20_000;
          for (let turns = random.below(6); turns > 0; turns -= 1) await yieldTurn();
          await lease.confirm();
          taken.push(id);
        }
      });
    const outcomes = await Promise.allSettled([0, 1, 2, 3, 4, 5].map(edit));
    for (const outcome of outcomes)
      if (outcome.status === 'rejected')
        expect([seed, outcome.reason]).toEqual([seed, expect.objectContaining({ status: 503 })]);
    const runs = taken.filter((id, at) => id !== taken[at - 1]);
    expect([seed, runs]).toEqual([seed, [...new Set(taken)]]);
    expect(taken.length).toBeGreaterThan(0);
  }
});

describe('a repair', () => {
  let lock: EditLock;
  let repair: RuleRepair;
  /** Each attempt, with whether Prometheus must reload. */
  let attempts: boolean[] = [];
  let fault: Error | undefined;

  beforeEach(() => {
    [lock] = locks;
    [attempts, fault, nowMs] = [[], undefined, 5_000];
    const reconcile = async ({ mustReload }: { readonly mustReload: boolean }) => {
      attempts.push(mustReload);
      await Promise.resolve();
      if (fault !== undefined) throw fault;
    };
    repair = createRuleRepair({ lock, reconcile, log: log.log, now: () => nowMs });
  });
  afterEach(() => repair.stop());

  const attempted = (count: number) =>
    eventually({ what: `${count} attempts`, limitMs: 20_000 }, () => (attempts.length >= count ? true : undefined));
  const inSync = () =>
    eventually({ what: 'in sync', limitMs: 20_000 }, () => (repair.divergence() === undefined ? true : undefined));

  test('a start reconciles once and reloads only if it must', async () => {
    repair.start();
    await attempted(1);
    await lock.run(() => Promise.resolve()); // after the repair
    expect([attempts, repair.divergence(), log.lines()]).toEqual([[false], undefined, []]);
  });

  test('a start that fails is a divergence, retried until it succeeds', async () => {
    fault = Object.assign(new Error('/srv/rules: disk is full'), { code: 'ENOSPC' });
    repair.start();
    await attempted(1);
    await eventually({ what: 'the divergence', limitMs: 20_000 }, () => repair.divergence());
    expect(repair.divergence()).toEqual({ sinceMs: 5_000, reason: 'failed with ENOSPC' });
    nowMs = 6_000;
    fault = undefined;
    await inSync();
    expect(attempts).toEqual([false, true]);
    expect(log.messages('warn')).toEqual(['the rules are out of sync; retrying']);
    expect(log.messages('info')).toEqual(['the rules are in sync again']);
  });

  test('reports before the next attempt share it; the first time and the last reason are shown', async () => {
    repair.report('one');
    nowMs = 6_000;
    repair.report('two');
    expect(repair.divergence()).toEqual({ sinceMs: 5_000, reason: 'two' });
    await inSync();
    expect(attempts).toEqual([true]);
  });

  test('an edit repairs first, and fails with the error of the repair', async () => {
    const edit = () => lock.run((lease) => repair.ensureInSync(lease));
    await edit();
    expect(attempts).toEqual([]);
    fault = new Error('disk is full');
    repair.report('not undone');
    await expect(edit()).rejects.toThrow('disk is full');
    fault = undefined;
    await edit();
    expect(repair.divergence()).toBeUndefined();
    expect(new Set(attempts)).toEqual(new Set([true]));
  });

  test('a stop ends the retries, also while the lock is held', async () => {
    const started = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    const held = lock.run(() => {
      started.resolve();
      return released.promise;
    });
    await started.promise;
    repair.report('not undone');
    const stopped = repair.stop();
    released.resolve();
    await Promise.all([held, stopped]);
    await repair.stop();
    expect(attempts).toEqual([]);
    expect(repair.divergence()).toBeDefined();
  });
});
