/** One edit of a rule in four steps: write the file, reload Prometheus, wait for the first evaluation, commit to the database. */
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpProblem } from '../../../common/http/problem.ts';
import { type Log, messageOf } from '../../../common/program/log.ts';
import type { PrometheusConnection } from '../../../common/prometheus/connection.ts';
import type { Promtool } from '../../../common/prometheus/promtool.ts';
import { type HeldLease, LeaseLost } from '../../../common/store/leases.ts';
import { explainPrometheus, publicMessage } from '../../prometheus/problem.ts';
import { type LoadedRule, readAlertingRules, reloadPrometheus } from '../../prometheus/rules-api.ts';
import { ruleFault } from '../check/check.ts';
import { groupName } from '../rule/rule-text.ts';
import { explainRefusedReload } from './broken-rule-file.ts';
import { resolveAlerts } from './resolve-alerts.ts';
import type { RuleFolder } from './rule-folder.ts';

export interface RuleEdit {
  readonly ruleId: string;
  /** The new text of the rule's file; undefined removes the file. */
  readonly text: string | undefined;
  /** Changes the database. The last step. */
  readonly commit: () => Promise<void>;
}

export interface RuleEditorOptions {
  readonly folder: RuleFolder;
  readonly prometheus: PrometheusConnection;
  readonly alertmanager: PrometheusConnection;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly promtool: Promtool;
  readonly intervalMs: number;
  readonly log: Log;
  /** The edit lock, confirmed before each step and each step of a rollback. */
  readonly lease: HeldLease;
  /** Called when a rollback failed: the file or Prometheus may differ from the database until they are reconciled. */
  readonly onDivergence: (reason: string) => void;
}

/**
 * Runs the steps in order. When one fails, restores the file, reloads Prometheus and throws the error of that step: an
 * `HttpProblem` 422 for a fault of the rule, 503 for a fault of another rule file, a `PrometheusError` when Prometheus does not
 * answer, or the error of `commit`.
 *
 * When the rollback fails too, the error of the step is thrown with the rollback's error as its detail or cause, and
 * `onDivergence` is called. A `LeaseLost` ends the edit or its rollback at once: another gateway may have changed the same rule
 * by then.
 */
export async function editRule({ ruleId, text, commit }: RuleEdit, options: RuleEditorOptions): Promise<void> {
  const { folder, prometheus, lease } = options;
  const before = await folder.tryRead(ruleId);
  if (before === undefined && text === undefined) return runSteps([commit], lease); // disabled before and after
  const loadedBefore = before === undefined ? undefined : await tryLoadedRule(prometheus, ruleId);
  let loaded: LoadedRule | undefined;
  let isPublished = false;
  const steps: readonly Step[] = [
    () => putFile(folder, ruleId, text),
    async () => {
      isPublished = true;
      if (!(await reloadPrometheus(prometheus))) throw new ReloadRefused();
    },
    async () => {
      loaded = await awaitEvaluation({ ruleId, isWanted: text !== undefined }, options);
    },
    commit,
  ];
  try {
    await runSteps(steps, lease);
  } catch (error) {
    throw error instanceof LeaseLost ? error : await rollBack(error, { ruleId, before, isPublished }, options);
  }
  await resolveAlerts({ before: loadedBefore?.alerts ?? [], after: loaded?.alerts ?? [] }, options);
}

type Step = () => Promise<void>;

async function runSteps(steps: readonly Step[], lease: HeldLease): Promise<void> {
  for (const step of steps) {
    await lease.confirm();
    await step();
  }
}

interface Restored {
  readonly ruleId: string;
  readonly before: string | undefined;
  /** Whether Prometheus was asked to read the new file. */
  readonly isPublished: boolean;
}

/** Restores the file and reloads Prometheus. Returns the error for the caller of the edit. */
async function rollBack(error: unknown, restored: Restored, options: RuleEditorOptions): Promise<unknown> {
  const { ruleId, before, isPublished } = restored;
  const { folder, prometheus, promtool, lease } = options;
  try {
    await lease.confirm();
    if ((await folder.tryRead(ruleId)) !== before) await putFile(folder, ruleId, before);
    if (!isPublished) return error;
    await lease.confirm();
    if (!(await reloadPrometheus(prometheus))) {
      const refusal = await explainRefusedReload(folder, promtool);
      return error instanceof ReloadRefused ? refusal : reportDivergence(error, refusal, options);
    }
  } catch (rollbackError) {
    if (rollbackError instanceof LeaseLost) return rollbackError; // the step may have failed on what the other gateway did
    return reportDivergence(error, rollbackError, options);
  }
  if (!(error instanceof ReloadRefused)) return error;
  return ruleFault('Prometheus does not load the rule and gives no reason; its log has the reason', {
    path: 'body',
    cause: error,
  });
}

/** Returns the error of the step, with the rollback's error as a member of the problem or as its cause. */
function reportDivergence(error: unknown, rollbackError: unknown, { log, onDivergence }: RuleEditorOptions): unknown {
  const reason = `a failed change was not undone: ${publicMessage(rollbackError)}`;
  log.error('a rule change failed and was not undone; the rules are reconciled as soon as possible', {
    error: messageOf(error),
    rollback_error: messageOf(rollbackError),
  });
  onDivergence(reason);
  const first = explainPrometheus(error);
  if (first instanceof HttpProblem) {
    const { status, title, errors, headers, extensions } = first;
    const detail = { ...extensions, rollback_error: publicMessage(rollbackError) };
    return new HttpProblem(status, title, { errors, headers, extensions: detail, cause: error });
  }
  if (Error.isError(first)) first.cause ??= rollbackError;
  return first;
}

/** Prometheus read its files and found one of them broken. */
class ReloadRefused extends HttpProblem {
  constructor() {
    super(503, 'Prometheus refuses its rule files; its log has the reason', { headers: { 'Retry-After': '60' } });
  }
}

async function putFile(folder: RuleFolder, ruleId: string, text: string | undefined): Promise<void> {
  try {
    if (text === undefined) await folder.remove(ruleId);
    else await folder.write(ruleId, text);
  } catch (cause) {
    const { code = 'unknown error' } = cause as NodeJS.ErrnoException;
    throw new HttpProblem(503, `the rule file cannot be written (${code})`, {
      cause,
      headers: { 'Retry-After': '60' },
    });
  }
}

const pollMs = 100;

/** How long the first evaluation may be late. */
const evaluationGraceMs = 20_000;

/** Waits until Prometheus has evaluated the rule, or no longer has it. Returns the rule in the first case. */
async function awaitEvaluation(
  { ruleId, isWanted }: { readonly ruleId: string; readonly isWanted: boolean },
  { prometheus, intervalMs }: RuleEditorOptions,
): Promise<LoadedRule | undefined> {
  const deadlineMs = Date.now() + intervalMs + evaluationGraceMs;
  const refuse = (title: string): HttpProblem => new HttpProblem(503, title, { headers: { 'Retry-After': '60' } });
  for (;;) {
    const rule = await tryLoadedRule(prometheus, ruleId);
    if (rule === undefined && isWanted)
      throw refuse(
        'nothing was changed: Prometheus reloaded its files without the rule; do its rule_files include rules.custom_directory?',
      );
    if (rule !== undefined && !isWanted)
      throw refuse('nothing was changed: Prometheus also loads the rule from another file');
    if (rule === undefined || rule.health === 'ok') return rule;
    if (rule.health === 'err') throw ruleFault(rule.lastError, { path: 'expr' });
    if (Date.now() > deadlineMs) throw refuse('nothing was changed: Prometheus does not evaluate the rule');
    await sleep(pollMs);
  }
}

async function tryLoadedRule(prometheus: PrometheusConnection, ruleId: string): Promise<LoadedRule | undefined> {
  const groups = await readAlertingRules(prometheus);
  return groups.find(({ name }) => name === groupName(ruleId))?.rules[0];
}
