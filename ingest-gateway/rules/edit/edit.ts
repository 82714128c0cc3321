/** One change of a rule: file, reload, read back, SQL. Whatever fails, file, SQL and Prometheus are as they were. */
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpProblem } from '../../../common/http/problem.ts';
import { type Log, messageOf } from '../../../common/program/log.ts';
import type { PrometheusConnection } from '../../../common/prometheus/connection.ts';
import type { Promtool } from '../../../common/prometheus/promtool.ts';
import { type LoadedRule, readAlertingRules, reloadPrometheus } from '../../prometheus/rules-api.ts';
import { ruleFault } from '../check/check.ts';
import { blameOthers } from './broken-rule-file.ts';
import { endForgotten } from './resolve-alerts.ts';
import type { RuleFolder } from './rule-folder.ts';
import { groupName } from './rule-text.ts';

export interface RuleEditorOptions {
  readonly folder: RuleFolder;
  readonly prometheus: PrometheusConnection;
  readonly alertmanager: PrometheusConnection;
  readonly now: () => number;
  readonly promtool: Promtool;
  readonly intervalMs: number;
  readonly log: Log;
  /** Told when the files are as before and Prometheus may not be: it has to read them once more. */
  readonly onUnread: () => void;
}

export interface RuleEdit {
  readonly ruleId: string;
  /** The file's new text; undefined: Prometheus shall not have the rule. */
  readonly text: string | undefined;
  /** Makes the change in SQL; the last step. */
  readonly commit: () => Promise<void>;
}

const pollMs = 100;
/** Beyond the interval in which the first evaluation must come. */
const evaluationGraceMs = 20_000;

/** Prometheus read its files and one of them is broken. */
class ReloadRefused extends Error {
  constructor() {
    super('Prometheus refuses its files');
    this.name = 'ReloadRefused';
  }
}

/**
 * Throws an `HttpProblem` 422 for the rule's own fault and 503 for another file's, a `PrometheusError` when Prometheus is
 * away, and whatever `commit` throws. Only one may run at a time.
 */
export async function editRule({ ruleId, text, commit }: RuleEdit, options: RuleEditorOptions): Promise<void> {
  const { folder, prometheus } = options;
  const before = await folder.tryRead(ruleId);
  if (before === undefined && text === undefined) return commit(); // it was disabled, and stays so
  const known = before === undefined ? undefined : await tryLoadedRule(prometheus, ruleId);
  let settled: LoadedRule | undefined;
  try {
    await put(folder, ruleId, text);
    if (!(await reloadPrometheus(prometheus))) throw new ReloadRefused();
    settled = await settle({ ruleId, isWanted: text !== undefined }, options);
    await commit();
  } catch (thrown) {
    await put(folder, ruleId, before);
    throw await restore(thrown, options);
  }
  await endForgotten({ before: known?.alerts ?? [], after: settled?.alerts ?? [] }, options);
}

async function tryLoadedRule(prometheus: PrometheusConnection, ruleId: string): Promise<LoadedRule | undefined> {
  const groups = await readAlertingRules(prometheus);
  return groups.find(({ name }) => name === groupName(ruleId))?.rules[0];
}

async function put(folder: RuleFolder, ruleId: string, text: string | undefined): Promise<void> {
  if (text === undefined) await folder.remove(ruleId);
  else await folder.write(ruleId, text);
}

/** Has Prometheus read the files as they were before, and answers what the caller is told. */
async function restore(thrown: unknown, options: RuleEditorOptions): Promise<unknown> {
  const { folder, prometheus, promtool, log, onUnread } = options;
  let isRestored: boolean;
  try {
    isRestored = await reloadPrometheus(prometheus);
  } catch (error) {
    log.warn('the rule files are as before; Prometheus reads them when it is back', { error: messageOf(error) });
    onUnread();
    return thrown instanceof ReloadRefused ? error : thrown;
  }
  if (!isRestored && !(thrown instanceof ReloadRefused)) onUnread();
  if (!isRestored) return blameOthers(folder, promtool);
  if (!(thrown instanceof ReloadRefused)) return thrown;
  return ruleFault('Prometheus does not load the rule and gives no reason; its log has it', {
    path: 'body',
    cause: thrown,
  });
}

/** Waits until Prometheus has evaluated the rule, which is answered, or has it no more. */
async function settle(
  { ruleId, isWanted }: { readonly ruleId: string; readonly isWanted: boolean },
  { prometheus, intervalMs }: RuleEditorOptions,
): Promise<LoadedRule | undefined> {
  const deadline = Date.now() + intervalMs + evaluationGraceMs;
  for (;;) {
    const rule = await tryLoadedRule(prometheus, ruleId);
    if ((rule === undefined) === isWanted) throw notOurs(isWanted);
    if (rule === undefined || rule.health === 'ok') return rule;
    if (rule.health === 'err') throw ruleFault(rule.lastError, { path: 'expr' });
    if (Date.now() > deadline)
      throw new HttpProblem(503, 'nothing was changed: Prometheus does not evaluate the rule', {
        headers: { 'Retry-After': '60' },
      });
    await sleep(pollMs);
  }
}

function notOurs(isWanted: boolean): HttpProblem {
  const title = isWanted
    ? 'nothing was changed: Prometheus has read its files, and the rule is not among them; do its rule_files name rules.custom_directory?'
    : 'nothing was changed: Prometheus has the rule from another file, too';
  return new HttpProblem(503, title, { headers: { 'Retry-After': '60' } });
}
