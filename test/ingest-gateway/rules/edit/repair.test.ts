/** Repairs under a real edit lock and database: when they run, retry and end. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openStore, type Store } from '../../../../common/store/open.ts';
import { createEditLock, type EditLock } from '../../../../ingest-gateway/rules/edit/edit-lock.ts';
import { createRuleRepair, type RuleRepair } from '../../../../ingest-gateway/rules/edit/repair.ts';
import { eventually } from '../../../support/eventually.ts';
import { createLogLines, type LogLines } from '../../../support/log-lines.ts';

let folder = '';
let store: Store;
let lock: EditLock;
let log: LogLines;
let repair: RuleRepair;
/** Each attempt, with whether Prometheus must reload. */
let attempts: boolean[] = [];
let fault: Error | undefined;
let nowMs = 0;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hostpulse-repair-'));
  store = await openStore({ path: join(folder, 'hostpulse.db') });
  log = createLogLines();
  const now = () => nowMs;
  lock = createEditLock({ db: store.db, log: log.log, now });
  [attempts, fault, nowMs] = [[], undefined, 5_000];
  const reconcile = async ({ mustReload }: { readonly mustReload: boolean }) => {
    attempts.push(mustReload);
    await Promise.resolve();
    if (fault !== undefined) throw fault;
  };
  repair = createRuleRepair({ lock, reconcile, log: log.log, now });
});
afterEach(async () => {
  await repair.stop();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

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
