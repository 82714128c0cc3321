/** `alert_rules`: the rules that people made over HTTP; what Prometheus loads is made from these rows. */
import type { Generated, Selectable } from 'kysely';
import type { Database } from './schema.ts';

/** Times in epoch milliseconds. */
export interface AlertRulesTable {
  readonly id: Generated<number>;
  /** Names its file: `rule-3f9a1c20`. */
  readonly rule_id: string;
  /** The alert's. */
  readonly name: string;
  /** JSON; its shape is the gateway's. */
  readonly definition: string;
  /** One more with each change, from 1. */
  readonly revision: number;
  readonly created_at: number;
  readonly updated_at: number;
  readonly updated_by: string;
}

/** One row: whose files in a folder are this database's. Another database, or a lost one, owns none of them. */
export interface RuleFileOwnerTable {
  readonly owner: string;
}

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
