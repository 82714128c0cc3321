/** The rules that people make over HTTP: read, changed one at a time, tried out. */
import { randomBytes } from 'node:crypto';
import { HttpProblem } from '../../common/http/problem.ts';
import { readAlertingRules } from '../prometheus/rules-api.ts';
import { requireKnownChannels } from './channels.ts';
import { checkCondition, nameTaken, requireFreeName, ruleFault } from './check/check.ts';
import { type DryRunAnswer, dryRun } from './check/dry-run.ts';
import { editRule } from './edit/edit.ts';
import type { RuleParts } from './edit/repair.ts';
import { renderRuleText } from './edit/rule-text.ts';
import { type AlertRuleAnswer, answerOf, etagOf, type SetAsideFile } from './response.ts';
import {
  type AlertRule,
  deleteAlertRule,
  listAlertRules,
  saveAlertRule,
  tryAlertRule,
  tryAlertRuleNamed,
} from './rule-store.ts';
import type { RuleDefinition } from './schema.ts';
import { readStatuses } from './status.ts';

export interface ChangeOptions {
  /** The caller's name. */
  readonly by: string;
  /** The header, where it was given. */
  readonly ifMatch: string | undefined;
  readonly signal: AbortSignal;
}

export interface Rules {
  list(signal: AbortSignal): Promise<AlertRuleAnswer[]>;
  /** Users' own files that Prometheus does not read, as it would not start with them. */
  setAside(): Promise<SetAsideFile[]>;
  /** Throws 404. */
  read(ruleId: string, signal: AbortSignal): Promise<AlertRuleAnswer>;
  create(rule: RuleDefinition, options: ChangeOptions): Promise<AlertRuleAnswer>;
  update(ruleId: string, rule: RuleDefinition, options: ChangeOptions): Promise<AlertRuleAnswer>;
  remove(ruleId: string, options: ChangeOptions): Promise<void>;
  /** What `create` (without an id) or `update` would refuse is refused; nothing is written. */
  tryOut(
    rule: RuleDefinition,
    options: { readonly ruleId?: string; readonly signal: AbortSignal },
  ): Promise<DryRunAnswer>;
}

export function createRules(parts: RuleParts): Rules {
  const { db, prometheus, alertmanager, lock, log, now } = parts;

  async function requireRow(ruleId: string, ifMatch?: string): Promise<AlertRule> {
    const row = await tryAlertRule(db, ruleId);
    if (row === undefined) throw new HttpProblem(404, `there is no rule ${ruleId}`);
    if (ifMatch !== undefined && !matchesEtag(ifMatch, etagOf(row)))
      throw new HttpProblem(412, `the rule was changed meanwhile: it is at revision ${row.revision}`, {
        headers: { ETag: etagOf(row) },
      });
    return row;
  }

  async function requireName(name: string, ruleId: string | undefined): Promise<void> {
    const other = await tryAlertRuleNamed(db, name);
    if (other !== undefined && other.ruleId !== ruleId) throw nameTaken(name, `with the id ${other.ruleId}`);
    requireFreeName(await readAlertingRules(prometheus), { name, ruleId });
  }

  /** Writes the file and the row of a rule; only under the lock. */
  async function put(row: AlertRule, rule: RuleDefinition): Promise<void> {
    await requireName(rule.name, row.ruleId);
    const writing = await parts.requireFolder();
    const { folder, owner, intervalMs, promtool } = writing;
    const text = renderRuleText({ ruleId: row.ruleId, rule, owner, intervalMs });
    const fault = await folder.withScratch(text, promtool);
    if (fault !== undefined) throw ruleFault(fault.message, { path: pathOf(fault.message, rule) });
    const edit = { ruleId: row.ruleId, text: rule.enabled ? text : undefined, commit: () => saveAlertRule(db, row) };
    await editRule(edit, { ...writing, prometheus, alertmanager, now, log });
  }

  async function read(ruleId: string, signal: AbortSignal): Promise<AlertRuleAnswer> {
    const row = await requireRow(ruleId);
    const statusOf = await readStatuses(prometheus, { log, signal });
    return answerOf(row, statusOf(ruleId));
  }

  async function create(rule: RuleDefinition, { by, signal }: ChangeOptions): Promise<AlertRuleAnswer> {
    await parts.requireFolder();
    await requireKnownChannels(db, rule);
    await checkCondition(rule, { prometheus, signal });
    const ruleId = `rule-${randomBytes(4).toString('hex')}`;
    await lock.run(async () => {
      const nowMs = now();
      await put({ ...rowOf(rule, by, nowMs), ruleId, revision: 1, createdAtMs: nowMs }, rule);
    });
    log.info('a rule was made', { rule: ruleId, name: rule.name, by });
    return read(ruleId, signal);
  }

  async function update(ruleId: string, rule: RuleDefinition, options: ChangeOptions): Promise<AlertRuleAnswer> {
    const { by, ifMatch, signal } = options;
    await requireRow(ruleId, ifMatch);
    await parts.requireFolder();
    await requireKnownChannels(db, rule);
    await checkCondition(rule, { prometheus, signal });
    await lock.run(async () => {
      const { revision, createdAtMs } = await requireRow(ruleId, ifMatch);
      await put({ ...rowOf(rule, by, now()), ruleId, revision: revision + 1, createdAtMs }, rule);
    });
    log.info('a rule was changed', { rule: ruleId, name: rule.name, by });
    return read(ruleId, signal);
  }

  async function remove(ruleId: string, { by, ifMatch }: ChangeOptions): Promise<void> {
    await requireRow(ruleId, ifMatch);
    await lock.run(async () => {
      await requireRow(ruleId, ifMatch);
      const writing = await parts.requireFolder();
      const edit = { ruleId, text: undefined, commit: () => deleteAlertRule(db, ruleId) };
      await editRule(edit, { ...writing, prometheus, alertmanager, now, log });
    });
    log.info('a rule was deleted', { rule: ruleId, by });
  }

  return {
    read,
    create,
    update,
    remove,
    async list(signal) {
      const rows = await listAlertRules(db);
      if (rows.length === 0) return [];
      const statusOf = await readStatuses(prometheus, { log, signal });
      return rows.map((row) => answerOf(row, statusOf(row.ruleId)));
    },
    setAside: () => parts.setAside(),
    async tryOut(rule, { ruleId, signal }) {
      if (ruleId !== undefined) await requireRow(ruleId);
      await requireKnownChannels(db, rule);
      await checkCondition(rule, { prometheus, signal });
      await requireName(rule.name, ruleId);
      const fault = await parts.tryPromtool(rule);
      if (fault !== undefined) throw ruleFault(fault.message, { path: pathOf(fault.message, rule) });
      return dryRun(rule, { prometheus, nowMs: now(), signal });
    },
  };
}

function rowOf(rule: RuleDefinition, by: string, nowMs: number) {
  return { name: rule.name, definition: JSON.stringify(rule), updatedAtMs: nowMs, updatedBy: by };
}

/** Which member promtool speaks of: it names labels and annotations. */
function pathOf(message: string, { expr }: RuleDefinition): string {
  const [, kind, name] = /\b(label|annotation) "([^"]+)"/.exec(message) ?? [];
  if (kind !== undefined) return `${kind}s.${name}`;
  return expr === undefined ? 'metric' : 'expr';
}

/** `*`, or one of the tags; a weak one never matches: RFC 9110, section 13.1.1. */
function matchesEtag(header: string, etag: string): boolean {
  const tags = header.split(',').map((each) => each.trim());
  return tags.includes('*') || tags.includes(etag);
}
