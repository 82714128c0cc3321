/**
 * One edit of a rule in four steps: write the file, reload Prometheus, wait for the first evaluation, commit to the database.
 * Prometheus reads the files from the folder `RuleFolder`, whose writes are atomic and durable.
 */
import { randomBytes } from 'node:crypto';
import { access, constants, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpProblem } from '../../../common/http/problem.ts';
import { type Log, messageOf } from '../../../common/program/log.ts';
import type { PrometheusConnection } from '../../../common/prometheus/connection.ts';
import type { Promtool } from '../../../common/prometheus/promtool.ts';
import { ruleFileEnding as ending, setAsideEnding } from '../../../common/prometheus/rule-file-names.ts';
import { type HeldLease, LeaseLost } from '../../../common/store/leases.ts';
import { explainPrometheus, publicMessage } from '../../prometheus/problem.ts';
import { type LoadedRule, readAlertingRules, reloadPrometheus } from '../../prometheus/rules-api.ts';
import { ruleFault } from '../check/check.ts';
import { groupName, ruleIdForm } from '../rule/stored-rule.ts';
import { explainRefusedReload } from './broken-rule-file.ts';
import { resolveAlerts } from './resolve-alerts.ts';

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
      const refusal = await explainRefusedReload(await folder.listFiles(), promtool);
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

function unavailable(title: string, cause?: unknown): HttpProblem {
  return new HttpProblem(503, title, { cause, headers: { 'Retry-After': '60' } });
}

async function putFile(folder: RuleFolder, ruleId: string, text: string | undefined): Promise<void> {
  try {
    if (text === undefined) await folder.remove(ruleId);
    else await folder.write(ruleId, text);
  } catch (cause) {
    const { code = 'unknown error' } = cause as NodeJS.ErrnoException;
    throw unavailable(`the rule file cannot be written (${code})`, cause);
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
  for (;;) {
    const rule = await tryLoadedRule(prometheus, ruleId);
    if (rule === undefined && isWanted)
      throw unavailable(
        'nothing was changed: Prometheus reloaded its files without the rule; do its rule_files include rules.custom_directory?',
      );
    if (rule !== undefined && !isWanted)
      throw unavailable('nothing was changed: Prometheus also loads the rule from another file');
    if (rule === undefined || rule.health === 'ok') return rule;
    if (rule.health === 'err') throw ruleFault(rule.lastError, { path: 'expr' });
    if (Date.now() > deadlineMs) throw unavailable('nothing was changed: Prometheus does not evaluate the rule');
    await sleep(pollMs);
  }
}

async function tryLoadedRule(prometheus: PrometheusConnection, ruleId: string): Promise<LoadedRule | undefined> {
  const groups = await readAlertingRules(prometheus);
  return groups.find(({ name }) => name === groupName(ruleId))?.rules[0];
}

export interface RuleFolder {
  /** Throws an `HttpProblem` 503 if the folder is not writable. */
  requireWritable(): Promise<void>;
  /** Returns undefined if the rule has no file. */
  tryRead(ruleId: string): Promise<string | undefined>;
  write(ruleId: string, text: string): Promise<void>;
  /** Does nothing if the rule has no file. */
  remove(ruleId: string): Promise<void>;
  /** Returns the ids of the files whose names are rule ids. */
  list(): Promise<readonly string[]>;
  /** Returns the paths of all rule files that Prometheus reads here, including those of users. */
  listFiles(): Promise<readonly string[]>;
  /** Returns the paths of the files that "hostpulse up" renamed because Prometheus does not start with them. */
  listSetAside(): Promise<readonly string[]>;
  /** Removes the temporary files of a gateway that was killed. */
  removeScratch(): Promise<void>;
  /** Calls `use` with the path of a temporary file with the text, which Prometheus does not read. */
  withScratch<T>(text: string, use: (path: string) => Promise<T>): Promise<T>;
}

const scratchForm = /^\.[0-9a-f]{16}\.hostpulse-tmp$/;

export function createRuleFolder(path: string): RuleFolder {
  const pathOf = (ruleId: string): string => join(path, `${ruleId}${ending}`);
  const names = async (): Promise<string[]> => (await readdir(path)).filter((name) => name.endsWith(ending)).sort();

  async function write(ruleId: string, text: string): Promise<void> {
    const scratch = await writeScratch(path, text);
    try {
      await rename(scratch, pathOf(ruleId));
    } catch (cause) {
      await rm(scratch, { force: true });
      throw cause;
    }
    await syncFolder(path);
  }

  return {
    write,
    async requireWritable() {
      try {
        if (!(await stat(path)).isDirectory()) throw new Error('not a folder');
        await access(path, constants.W_OK | constants.R_OK | constants.X_OK);
      } catch (cause) {
        throw unavailable('rules cannot be changed: the folder rules.custom_directory is not writable', cause);
      }
    },
    async tryRead(ruleId) {
      try {
        return await readFile(pathOf(ruleId), 'utf8');
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw cause;
      }
    },
    async remove(ruleId) {
      await rm(pathOf(ruleId), { force: true });
      await syncFolder(path);
    },
    async list() {
      return (await names()).map((name) => basename(name, ending)).filter((name) => ruleIdForm.test(name));
    },
    listFiles: async () => (await names()).map((name) => join(path, name)),
    async listSetAside() {
      const all = await readdir(path);
      return all
        .filter((name) => name.includes(`${ending}${setAsideEnding}`))
        .sort()
        .map((name) => join(path, name));
    },
    async removeScratch() {
      for (const name of await readdir(path)) if (scratchForm.test(name)) await rm(join(path, name), { force: true });
    },
    async withScratch(text, use) {
      const scratch = await writeScratch(path, text);
      try {
        return await use(scratch);
      } finally {
        await rm(scratch, { force: true });
      }
    },
  };
}

/** Prometheus may run as another user. */
const fileMode = 0o644;

async function writeScratch(folder: string, text: string): Promise<string> {
  const path = join(folder, `.${randomBytes(8).toString('hex')}.hostpulse-tmp`);
  const file = await open(path, 'wx', fileMode);
  try {
    await file.chmod(fileMode); // the umask may have removed bits
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  return path;
}

/** Makes a rename or removal durable. Windows has no such call. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
