/** `alert_rules`: the rules that people made over HTTP; what Prometheus loads is made from these rows. */
import type { Selectable } from 'kysely';
import type { AlertRulesTable, Database } from '../../common/store/schema.ts';

export interface AlertRule {
  readonly ruleId: string;
  readonly name: string;
  readonly definition: string;
  readonly revision: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly updatedBy: string;
}

/** By name. */
export async function listAlertRules(db: Database): Promise<readonly AlertRule[]> {
  const rows = await db.selectFrom('alert_rules').selectAll().orderBy('name').execute();
  return rows.map(toAlertRule);
}

export async function tryAlertRule(db: Database, ruleId: string): Promise<AlertRule | undefined> {
  const row = await db.selectFrom('alert_rules').selectAll().where('rule_id', '=', ruleId).executeTakeFirst();
  return row === undefined ? undefined : toAlertRule(row);
}

export async function tryAlertRuleNamed(db: Database, name: string): Promise<AlertRule | undefined> {
  const row = await db.selectFrom('alert_rules').selectAll().where('name', '=', name).executeTakeFirst();
  return row === undefined ? undefined : toAlertRule(row);
}

/** Adds it, or replaces the one of that id. Throws when another has its name. */
export async function saveAlertRule(db: Database, rule: AlertRule): Promise<void> {
  const { ruleId, name, definition, revision, createdAtMs, updatedAtMs, updatedBy } = rule;
  const changed = { name, definition, revision, updated_at: updatedAtMs, updated_by: updatedBy };
  await db
    .insertInto('alert_rules')
    .values({ rule_id: ruleId, created_at: createdAtMs, ...changed })
    .onConflict((conflict) => conflict.column('rule_id').doUpdateSet(changed))
    .execute();
}

export async function deleteAlertRule(db: Database, ruleId: string): Promise<void> {
  await db.deleteFrom('alert_rules').where('rule_id', '=', ruleId).execute();
}

export async function readRuleFileOwner(db: Database): Promise<string> {
  return (await db.selectFrom('rule_file_owner').select('owner').executeTakeFirstOrThrow()).owner;
}

function toAlertRule(row: Selectable<AlertRulesTable>): AlertRule {
  return {
    ruleId: row.rule_id,
    name: row.name,
    definition: row.definition,
    revision: row.revision,
    createdAtMs: Number(row.created_at),
    updatedAtMs: Number(row.updated_at),
    updatedBy: row.updated_by,
  };
}
