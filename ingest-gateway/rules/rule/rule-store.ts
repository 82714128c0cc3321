/** The table `alert_rules`: the rules created over HTTP. The rule files are rendered from its rows. */
import type { Selectable } from 'kysely';
import { LeaseLost } from '../../../common/store/leases.ts';
import type { AlertRulesTable, Database } from '../../../common/store/schema.ts';

export interface AlertRule {
  readonly ruleId: string;
  readonly name: string;
  /** A `RuleDefinition` as JSON. */
  readonly definition: string;
  /** 1 for a new rule; each change adds 1. */
  readonly revision: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly updatedBy: string;
}

/** Returns the rules in the order of their names. */
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

/**
 * Inserts a rule of revision 1, or replaces the revision before. Throws the database's error if another rule has the name, and a
 * `LeaseLost` if another gateway changed the rule meanwhile.
 */
export async function saveAlertRule(db: Database, rule: AlertRule): Promise<void> {
  const { ruleId, name, definition, revision, createdAtMs, updatedAtMs, updatedBy } = rule;
  const changed = { name, definition, revision, updated_at: updatedAtMs, updated_by: updatedBy };
  if (revision === 1) {
    await db
      .insertInto('alert_rules')
      .values({ rule_id: ruleId, created_at: createdAtMs, ...changed })
      .execute();
    return;
  }
  const { numUpdatedRows } = await db
    .updateTable('alert_rules')
    .set(changed)
    .where('rule_id', '=', ruleId)
    .where('revision', '=', revision - 1)
    .executeTakeFirst();
  requireChange(numUpdatedRows, rule);
}

/** Throws a `LeaseLost` if another gateway changed the rule meanwhile. */
export async function deleteAlertRule(db: Database, rule: Pick<AlertRule, 'ruleId' | 'revision'>): Promise<void> {
  const { numDeletedRows } = await db
    .deleteFrom('alert_rules')
    .where('rule_id', '=', rule.ruleId)
    .where('revision', '=', rule.revision)
    .executeTakeFirst();
  requireChange(numDeletedRows, rule);
}

/** Only the holder of the edit lock changes rules: another revision in the database means that the lock went to another gateway. */
function requireChange(rows: bigint, { ruleId, revision }: Pick<AlertRule, 'ruleId' | 'revision'>): void {
  if (rows === 0n)
    throw new LeaseLost(`${ruleId} was changed by another gateway; expected to write revision ${revision}`);
}

/** Returns the name by which this database marks its rule files. */
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
