/** Reconciling rule files with the database, with real folders and databases. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Log } from '../../../../common/program/log.ts';
import { withLease } from '../../../../common/store/leases.ts';
import { openStore, type Store } from '../../../../common/store/open.ts';
import { createRuleFolder } from '../../../../ingest-gateway/rules/edit/edit.ts';
import { type Reconciled, reconcileRules } from '../../../../ingest-gateway/rules/edit/reconcile.ts';
import { newRule } from '../../../../ingest-gateway/rules/rule/schema.ts';
import { readRuleFileOwner, renderRuleText, saveAlertRule } from '../../../../ingest-gateway/rules/rule/stored-rule.ts';
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

function reconcileIn({ db }: Store, by: string, log: Log): Promise<Reconciled> {
  const options = { db, folder: createRuleFolder(folder), owner: by, intervalMs, log };
  return withLease({ db, name: 'alert-rules', lifetimeMs: 15_000, now: Date.now }, (lease) =>
    reconcileRules({ ...options, lease }),
  );
}

async function reconcile() {
  const written = createLogLines();
  const { hasOwn, errors } = await reconcileIn(store, owner, written.log);
  return { hasOwn, errors: errors.map(String), lines: written.lines() };
}

test('without own rules and files nothing changes', async () => {
  write('mine.rules.yml', 'groups: []\n');
  expect(await reconcile()).toEqual({ hasOwn: false, errors: [], lines: [] });
  expect(files()).toEqual({ 'mine.rules.yml': 'groups: []\n' });
});

test('writes missing and edited files, removes stale files, keeps files of others', async () => {
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
    ['removed the file of a disabled rule', 'rule-00000004'],
    ['wrote a rule file that differed from the database', 'rule-00000002'],
    ['wrote a missing rule file', 'rule-00000001'],
    ['removed a rule file whose rule is not in the database', 'rule-00000005'],
    ['kept a rule file that this database did not write', 'rule-00000006'],
    ['kept a rule file that this database did not write', 'rule-00000007'],
  ]);
  expect((await reconcile()).lines).toHaveLength(2); // the files of others
});

test('a new database keeps the files of the database it replaces', async () => {
  const text = textOf('rule-00000001', 'Precious');
  write('rule-00000001.rules.yml', text);
  const fresh = await openStore({ path: join(root, 'fresh.db') });
  try {
    const other = await readRuleFileOwner(fresh.db);
    expect(other).not.toBe(owner);
    await reconcileIn(fresh, other, createLogLines().log);
    expect(files()).toEqual({ 'rule-00000001.rules.yml': text });
  } finally {
    await fresh.close();
  }
});

test('a file that cannot be written is an error, and the other files are reconciled', async () => {
  await save('rule-00000001', 'Blocked');
  await save('rule-00000002', 'Missing');
  mkdirSync(join(folder, 'rule-00000001.rules.yml'));
  const { hasOwn, errors } = await reconcile();
  expect([hasOwn, errors]).toEqual([true, [expect.stringContaining('EISDIR')]]);
  expect(readFileSync(join(folder, 'rule-00000002.rules.yml'), 'utf8')).toBe(textOf('rule-00000002', 'Missing'));
});

test('a rule that cannot be rendered keeps its file and is no error', async () => {
  await save('rule-00000001', 'OfAnotherVersion');
  const definition = JSON.stringify({ ...ruleOf('OfAnotherVersion'), expr: undefined, metric: 'cpu.of.tomorrow' });
  await store.db.updateTable('alert_rules').set({ definition }).execute();
  write('rule-00000001.rules.yml', 'as it was');
  expect(await reconcile()).toMatchObject({ hasOwn: true, errors: [] });
  expect(files()).toEqual({ 'rule-00000001.rules.yml': 'as it was' });
});
