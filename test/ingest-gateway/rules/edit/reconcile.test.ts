/** At the start: files as SQL has the rules, and nothing of anybody else touched; and one change at a time over gateways. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { claimLease } from '../../../../common/store/leases.ts';
import { openStore, type Store } from '../../../../common/store/open.ts';
import { createEditLock, type EditLock } from '../../../../ingest-gateway/rules/edit/edit-lock.ts';
import { reconcileRules } from '../../../../ingest-gateway/rules/edit/reconcile.ts';
import { createRuleFolder } from '../../../../ingest-gateway/rules/edit/rule-folder.ts';
import { renderRuleText } from '../../../../ingest-gateway/rules/edit/rule-text.ts';
import { readRuleFileOwner, saveAlertRule } from '../../../../ingest-gateway/rules/rule-store.ts';
import { newRule } from '../../../../ingest-gateway/rules/schema.ts';
import { createLogLines } from '../../../support/log-lines.ts';

let root = '';
let folder = '';
let store: Store;
let owner = '';

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'hostpulse-reconcile-'));
  folder = mkdtempSync(join(root, 'custom-rules-'));
  store = await openStore({ path: join(root, 'hostpulse.db') });
  owner = await readRuleFileOwner(store.db);
});
afterEach(async () => {
  await store.close();
  rmSync(root, { recursive: true, force: true });
});

const intervalMs = 5_000;
const ruleOf = (name: string, enabled = true) => newRule.parse({ name, expr: 'up == 0', enabled });
const textOf = (ruleId: string, name: string, by = owner) =>
  renderRuleText({ ruleId, rule: ruleOf(name), owner: by, intervalMs });
const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const files = () =>
  Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  );

async function save(ruleId: string, name: string, enabled = true): Promise<void> {
  const definition = JSON.stringify(ruleOf(name, enabled));
  await saveAlertRule(store.db, {
    ruleId,
    name,
    definition,
    revision: 1,
    createdAtMs: 1,
    updatedAtMs: 1,
    updatedBy: 'a',
  });
}

async function reconcile() {
  const written = createLogLines();
  const { log } = written;
  const hasOwn = await reconcileRules({ db: store.db, folder: createRuleFolder(folder), owner, intervalMs, log });
  return { hasOwn, lines: written.lines() };
}

test('nothing of ours: nothing is done', async () => {
  write('mine.rules.yml', 'groups: []\n');
  expect(await reconcile()).toEqual({ hasOwn: false, lines: [] });
  expect(files()).toEqual({ 'mine.rules.yml': 'groups: []\n' });
});

test('missing, edited and stale files; those of others stay', async () => {
  await save('rule-00000001', 'Missing');
  await save('rule-00000002', 'Edited');
  await save('rule-00000003', 'Right');
  await save('rule-00000004', 'Disabled', false);
  write('rule-00000002.rules.yml', `${textOf('rule-00000002', 'Edited')}# by hand\n`);
  write('rule-00000003.rules.yml', textOf('rule-00000003', 'Right'));
  write('rule-00000004.rules.yml', textOf('rule-00000004', 'Disabled'));
  write('rule-00000005.rules.yml', textOf('rule-00000005', 'NeverAnswered'));
  const others = {
    'mine.rules.yml': 'groups: [{name: mine, rules: []}]\n',
    'rule-00000006.rules.yml': textOf('rule-00000006', 'Foreign', 'another-database'),
    'rule-00000007.rules.yml': 'groups: []\n',
    'notes.txt': 'x',
  };
  for (const [name, text] of Object.entries(others)) write(name, text);
  write('.0123456789abcdef.hostpulse-tmp', 'half');
  const { hasOwn, lines } = await reconcile();
  expect(hasOwn).toBe(true);
  expect(files()).toEqual({
    ...others,
    'rule-00000001.rules.yml': textOf('rule-00000001', 'Missing'),
    'rule-00000002.rules.yml': textOf('rule-00000002', 'Edited'),
    'rule-00000003.rules.yml': textOf('rule-00000003', 'Right'),
  });
  const said = lines.map(({ msg, rule }) => [msg, rule]);
  expect(said).toEqual([
    ['the file of a disabled rule is removed', 'rule-00000004'],
    ['a rule file was not as the database has the rule; it is written again', 'rule-00000002'],
    ['a rule file was missing; it is written again', 'rule-00000001'],
    ['a rule file without its rule is removed: its making was never answered', 'rule-00000005'],
    ['a rule file that another database or hand made is left as it is', 'rule-00000006'],
    ['a rule file that another database or hand made is left as it is', 'rule-00000007'],
  ]);
  expect((await reconcile()).lines).toHaveLength(2); // those of others
});

test('a lost database removes no rule that it did not make', async () => {
  const text = textOf('rule-00000001', 'Precious');
  write('rule-00000001.rules.yml', text);
  const fresh = await openStore({ path: join(root, 'fresh.db') });
  try {
    const other = await readRuleFileOwner(fresh.db);
    expect(other).not.toBe(owner);
    const { log } = createLogLines();
    await reconcileRules({ db: fresh.db, folder: createRuleFolder(folder), owner: other, intervalMs, log });
    expect(files()).toEqual({ 'rule-00000001.rules.yml': text });
  } finally {
    await fresh.close();
  }
});

test('changes of two gateways on one database are made one after the other', async () => {
  const second = await openStore({ path: join(root, 'hostpulse.db') });
  try {
    const { log } = createLogLines();
    const [one, other] = [store.db, second.db].map((db) => createEditLock({ db, log, now: Date.now })) as [
      EditLock,
      EditLock,
    ];
    const seen: string[] = [];
    let running = 0;
    const change = (name: string) => async (): Promise<void> => {
      running += 1;
      seen.push(`${name} ${running}`);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
    };
    await Promise.all([0, 1, 2, 3, 4, 5].map((n) => (n % 2 === 0 ? one : other).run(change(`c${n}`))));
    expect([...seen].sort((a, b) => (a < b ? -1 : 1))).toEqual(['c0 1', 'c1 1', 'c2 1', 'c3 1', 'c4 1', 'c5 1']);
  } finally {
    await second.close();
  }
});

test("a killed gateway's lease runs out; a living one's makes others wait, and say so", async () => {
  const { log } = createLogLines();
  let nowMs = 1_000_000;
  const lock = createEditLock({ db: store.db, log, now: () => nowMs });
  await claimLease(store.db, { name: 'alert-rules', holder: 'other', lifetimeMs: 15_000, nowMs });
  await expect(lock.run(() => Promise.resolve('done'), { waitMs: 0 })).rejects.toMatchObject({ status: 503 });
  nowMs += 15_000;
  await expect(lock.run(() => Promise.resolve('done'), { waitMs: 0 })).resolves.toBe('done');
  await expect(lock.run(() => Promise.reject(new Error('no')), { waitMs: 0 })).rejects.toThrow('no');
  await expect(lock.run(() => Promise.resolve('again'), { waitMs: 0 })).resolves.toBe('again');
});
