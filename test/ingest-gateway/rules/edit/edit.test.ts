/** Edits that end before Prometheus is asked. Edits that reach Prometheus are in test/e2e/rule-edit.test.ts. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createPrometheusConnection } from '../../../../common/prometheus/connection.ts';
import { type HeldLease, LeaseLost } from '../../../../common/store/leases.ts';
import { createRuleFolder, editRule } from '../../../../ingest-gateway/rules/edit/edit.ts';
import { createLogLines } from '../../../support/log-lines.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hostpulse-edit-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const ruleId = 'rule-00000001';

/** Runs an edit with a Prometheus that is not there. Returns its error and what it did. */
async function edit(asked: { readonly folder?: string; readonly text: string | undefined; readonly isLost?: boolean }) {
  const { folder = root, text, isLost = false } = asked;
  const done: string[] = [];
  const bounds = { timeoutMs: 1_000, maxConcurrency: 1, maxAnswerBytes: 1_000 };
  const connection = createPrometheusConnection({ name: 'Prometheus', url: 'http://127.0.0.1:1', ...bounds });
  const lease: HeldLease = {
    signal: new AbortController().signal,
    confirm: () => (isLost ? Promise.reject(new LeaseLost('lost')) : Promise.resolve()),
  };
  const commit = () => {
    done.push('commit');
    return Promise.resolve();
  };
  const error: unknown = await editRule(
    { ruleId, text, commit },
    {
      folder: createRuleFolder(folder),
      prometheus: connection,
      alertmanager: connection,
      now: Date.now,
      promtool: () => Promise.resolve(undefined),
      intervalMs: 100,
      log: createLogLines().log,
      lease,
      onDivergence: (reason) => done.push(reason),
    },
  ).catch((thrown: unknown) => thrown);
  return { error, done, files: readdirSync(root) };
}

test('a file that cannot be written changes nothing, so nothing has to be repaired', async () => {
  expect(await edit({ folder: join(root, 'missing'), text: 'groups: []' })).toEqual({
    error: expect.objectContaining({ status: 503, title: 'the rule file cannot be written (ENOENT)' }),
    done: [],
    files: [],
  });
});

test('a rule that is disabled before and after changes in the database only', async () => {
  expect(await edit({ text: undefined })).toEqual({ error: undefined, done: ['commit'], files: [] });
});

test.each(['groups: []', undefined])('an edit without the lock takes no step (text %j)', async (text) => {
  expect(await edit({ text, isLost: true })).toEqual({ error: expect.any(LeaseLost), done: [], files: [] });
});

test('an edit and an undo that both fail: the error of the edit, with that of the undo as a detail', async () => {
  expect(await edit({ text: 'groups: []' })).toEqual({
    error: expect.objectContaining({
      status: 503,
      title: 'Prometheus cannot be reached (ECONNREFUSED)',
      extensions: expect.objectContaining({ rollback_error: 'Prometheus cannot be reached (ECONNREFUSED)' }),
    }),
    done: ['a failed change was not undone: Prometheus cannot be reached (ECONNREFUSED)'],
    files: [],
  });
});
