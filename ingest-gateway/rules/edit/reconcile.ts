/** Makes the rule files match the database: writes files that are missing or were edited, removes files without a rule. */
import { type Log, messageOf } from '../../../common/program/log.ts';
import { type HeldLease, LeaseLost } from '../../../common/store/leases.ts';
import type { Database } from '../../../common/store/schema.ts';
import type { RuleDefinition } from '../rule/schema.ts';
import { type AlertRule, isOwnText, listAlertRules, renderRuleText } from '../rule/stored-rule.ts';
import type { RuleFolder } from './edit.ts';

export interface ReconcileOptions {
  readonly db: Database;
  readonly folder: RuleFolder;
  /** Identifies the database: `isOwnText`. */
  readonly owner: string;
  readonly intervalMs: number;
  readonly log: Log;
  /** The edit lock, confirmed before each file is changed. */
  readonly lease: HeldLease;
}

export interface Reconciled {
  /** Whether the database has a rule or the folder had a file of this database, so that Prometheus must reload. */
  readonly hasOwn: boolean;
  /** Errors of files that could not be read, written or removed. The others were reconciled. */
  readonly errors: readonly unknown[];
}

/** Never touches files of users and of other databases. Throws a `LeaseLost`, and errors of the database and of the folder. */
export async function reconcileRules(options: ReconcileOptions): Promise<Reconciled> {
  const { db, folder, owner, log, lease } = options;
  const errors: unknown[] = [];

  async function attempt(ruleId: string, task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (error) {
      if (error instanceof LeaseLost) throw error;
      log.error('a rule file was not reconciled', { rule: ruleId, error: messageOf(error) });
      errors.push(error);
    }
  }

  await folder.removeScratch();
  const rows = await listAlertRules(db);
  for (const row of rows) await attempt(row.ruleId, () => reconcileFile(row, options));
  const known = new Set(rows.map(({ ruleId }) => ruleId));
  let hasOwn = rows.length > 0;
  for (const ruleId of (await folder.list()).filter((each) => !known.has(each)))
    await attempt(ruleId, async () => {
      const text = (await folder.tryRead(ruleId)) ?? '';
      if (!isOwnText(text, { ruleId, owner }))
        return log.warn('kept a rule file that this database did not write', { rule: ruleId });
      hasOwn = true;
      await lease.confirm();
      await folder.remove(ruleId);
      log.warn('removed a rule file whose rule is not in the database', { rule: ruleId });
    });
  return { hasOwn, errors };
}

/** A rule that cannot be rendered, such as by a metric of another version, is logged and its file is not touched. */
async function reconcileFile({ ruleId, name, definition }: AlertRule, options: ReconcileOptions): Promise<void> {
  const { folder, owner, intervalMs, log, lease } = options;
  const rule = JSON.parse(definition) as RuleDefinition;
  let wanted: string | undefined;
  try {
    wanted = rule.enabled ? renderRuleText({ ruleId, rule, owner, intervalMs }) : undefined;
  } catch (error) {
    return log.error('kept the file of a rule that cannot be rendered', {
      rule: ruleId,
      name,
      error: messageOf(error),
    });
  }
  const found = await folder.tryRead(ruleId);
  if (found === wanted) return;
  await lease.confirm();
  if (wanted === undefined) {
    await folder.remove(ruleId);
    log.warn('removed the file of a disabled rule', { rule: ruleId, name });
  } else {
    await folder.write(ruleId, wanted);
    const what = found === undefined ? 'a missing rule file' : 'a rule file that differed from the database';
    log.warn(`wrote ${what}`, { rule: ruleId, name });
  }
}
