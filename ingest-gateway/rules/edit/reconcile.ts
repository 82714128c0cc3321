/** At the start: the files as SQL has the rules, whatever a crash or another hand did to them. */
import { type Log, messageOf } from '../../../common/program/log.ts';
import type { Database } from '../../../common/store/schema.ts';
import { listAlertRules } from '../rule-store.ts';
import type { RuleDefinition } from '../schema.ts';
import type { RuleFolder } from './rule-folder.ts';
import { isOwnText, renderRuleText } from './rule-text.ts';

export interface ReconcileOptions {
  readonly db: Database;
  readonly folder: RuleFolder;
  readonly owner: string;
  readonly intervalMs: number;
  readonly log: Log;
}

/** Whether there is any rule or file of ours, so that Prometheus should read its files. Only under the edit lock. */
export async function reconcileRules(options: ReconcileOptions): Promise<boolean> {
  const { db, folder, owner, log } = options;
  await folder.removeScratch();
  const rows = await listAlertRules(db);
  for (const { ruleId, name, definition } of rows) {
    try {
      await reconcileFile({ ruleId, name, rule: JSON.parse(definition) as RuleDefinition }, options);
    } catch (error) {
      log.error('the file of a rule is left as it is', { rule: ruleId, name, error: messageOf(error) });
    }
  }
  const known = new Set(rows.map(({ ruleId }) => ruleId));
  let hasOwn = rows.length > 0;
  for (const ruleId of await folder.list()) {
    if (known.has(ruleId)) continue;
    const text = (await folder.tryRead(ruleId)) ?? '';
    if (isOwnText(text, { ruleId, owner })) {
      await folder.remove(ruleId);
      hasOwn = true;
      log.warn('a rule file without its rule is removed: its making was never answered', { rule: ruleId });
    } else {
      log.warn('a rule file that another database or hand made is left as it is', { rule: ruleId });
    }
  }
  return hasOwn;
}

interface NamedRule {
  readonly ruleId: string;
  readonly name: string;
  readonly rule: RuleDefinition;
}

async function reconcileFile({ ruleId, name, rule }: NamedRule, options: ReconcileOptions): Promise<void> {
  const { folder, owner, intervalMs, log } = options;
  const found = await folder.tryRead(ruleId);
  const wanted = rule.enabled ? renderRuleText({ ruleId, rule, owner, intervalMs }) : undefined;
  if (found === wanted) return;
  if (wanted !== undefined) {
    await folder.write(ruleId, wanted);
    const what = found === undefined ? 'was missing' : 'was not as the database has the rule';
    log.warn(`a rule file ${what}; it is written again`, { rule: ruleId, name });
  } else if (found !== undefined) {
    await folder.remove(ruleId);
    log.warn('the file of a disabled rule is removed', { rule: ruleId, name });
  }
}
