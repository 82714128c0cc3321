/** Alert rules over HTTP: reads, edits one at a time, dry runs. */
import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import { Gauge, type Registry } from 'prom-client';
import { HttpProblem } from '../../common/http/problem.ts';
import { type Log, messageOf } from '../../common/program/log.ts';
import type { PrometheusConnection } from '../../common/prometheus/connection.ts';
import { createPromtool, type PromtoolFault } from '../../common/prometheus/promtool.ts';
import { type HeldLease, LeaseLost } from '../../common/store/leases.ts';
import type { Database } from '../../common/store/schema.ts';
import { publicMessage } from '../prometheus/problem.ts';
import { readAlertingRules, reloadPrometheus } from '../prometheus/rules-api.ts';
import { checkCondition, nameTaken, requireFreeName, requireKnownChannels, ruleFault } from './check/check.ts';
import { type DryRunResponse, dryRun } from './check/dry-run.ts';
import { explainRefusedReload } from './edit/broken-rule-file.ts';
import { createRuleFolder, editRule, type RuleEdit, type RuleFolder } from './edit/edit.ts';
import { createEditLock, createRuleRepair, type Divergence, type ReconcilePass } from './edit/edit-lock.ts';
import { reconcileRules } from './edit/reconcile.ts';
import { type AlertRuleResponse, etagOf, readStatuses, ruleResponse, type SetAsideFile } from './rule/response.ts';
import type { RuleDefinition } from './rule/schema.ts';
import {
  type AlertRule,
  deleteAlertRule,
  listAlertRules,
  readRuleFileOwner,
  renderRuleText,
  saveAlertRule,
  tryAlertRule,
  tryAlertRuleNamed,
} from './rule/stored-rule.ts';

export interface RuleServiceOptions {
  readonly db: Database;
  readonly prometheus: PrometheusConnection;
  readonly alertmanager: PrometheusConnection;
  readonly registry: Registry;
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Undefined: rules are read-only. */
  readonly folderPath: string | undefined;
  readonly intervalMs: number;
  readonly promtoolPath: string;
}

export interface ChangeOptions {
  /** The caller's name. */
  readonly by: string;
  /** The `If-Match` header; undefined if absent. */
  readonly ifMatch: string | undefined;
  readonly signal: AbortSignal;
}

/** Calls throw `HttpProblem`s: 404 for an unknown rule, 412 for another revision than `ifMatch`, 409, 422 and 503 as docs/api.md says. */
export interface RuleService {
  list(signal: AbortSignal): Promise<AlertRuleResponse[]>;
  /** Users' rule files that "hostpulse up" renamed because Prometheus does not start with them. */
  setAside(): Promise<SetAsideFile[]>;
  /** Undefined while rule files and Prometheus match the database. */
  divergence(): Divergence | undefined;
  read(ruleId: string, signal: AbortSignal): Promise<AlertRuleResponse>;
  create(rule: RuleDefinition, options: ChangeOptions): Promise<AlertRuleResponse>;
  update(ruleId: string, rule: RuleDefinition, options: ChangeOptions): Promise<AlertRuleResponse>;
  remove(ruleId: string, options: ChangeOptions): Promise<void>;
  /** Makes the checks of `create` (without an id) or `update`, and writes nothing. */
  tryOut(
    rule: RuleDefinition,
    options: { readonly ruleId?: string; readonly signal: AbortSignal },
  ): Promise<DryRunResponse>;
  /** Reconciles files and Prometheus with the database in the background. */
  start(): void;
  /** Idempotent. */
  stop(): Promise<void>;
}

export function createRuleService(options: RuleServiceOptions): RuleService {
  const { db, prometheus, alertmanager, registry, log, now, folderPath, intervalMs } = options;
  const folder = folderPath === undefined ? undefined : createRuleFolder(folderPath);
  const promtool = createPromtool(options.promtoolPath);
  const lock = createEditLock({ db, log, now });
  const repair = createRuleRepair({ lock, reconcile, log, now });
  registerDivergence(registry, () => repair.divergence());

  async function requireFolder(): Promise<RuleFolder> {
    if (folder === undefined)
      throw new HttpProblem(503, 'rules cannot be changed: this gateway has no rules.custom_directory', {
        headers: { 'Retry-After': '60' },
      });
    await folder.requireWritable();
    return folder;
  }

  async function reconcile({ lease, signal, mustReload }: ReconcilePass): Promise<void> {
    const writable = await requireFolder();
    const owner = await readRuleFileOwner(db);
    const { hasOwn, errors } = await reconcileRules({ db, folder: writable, owner, intervalMs, log, lease });
    await lease.confirm();
    if ((hasOwn || mustReload) && !(await reloadPrometheus(prometheus, signal)))
      throw await explainRefusedReload(await writable.listFiles(), promtool);
    if (errors.length === 0) return;
    const title = `nothing was changed: ${errors.length} rule files do not match the database: ${publicMessage(errors[0])}`;
    throw new HttpProblem(503, title, { cause: errors[0], headers: { 'Retry-After': '60' } });
  }

  /** Runs `task` under the edit lock, with files and Prometheus in sync with the database at its start. */
  async function change(task: (lease: HeldLease) => Promise<void>): Promise<void> {
    try {
      await lock.run(async (lease) => {
        await repair.ensureInSync(lease);
        await task(lease);
      });
    } catch (error) {
      if (error instanceof HttpProblem && error.cause instanceof LeaseLost) repair.report(error.cause.message);
      throw error;
    }
  }

  async function edit(each: RuleEdit, lease: HeldLease): Promise<void> {
    const writable = await requireFolder();
    const onDivergence = (reason: string): void => repair.report(reason);
    const own = { folder: writable, prometheus, alertmanager, promtool, intervalMs };
    await editRule(each, { ...own, now, log, lease, onDivergence });
  }

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

  async function requirePromtool(rule: RuleDefinition, text: string, writable: RuleFolder): Promise<void> {
    const fault = await writable.withScratch(text, promtool);
    if (fault !== undefined) throw ruleFault(fault.message, { path: pathOf(fault, rule) });
  }

  /** Writes file and row of a rule. */
  async function put(row: AlertRule, rule: RuleDefinition, lease: HeldLease): Promise<void> {
    const { ruleId } = row;
    await requireName(rule.name, ruleId);
    const text = renderRuleText({ ruleId, rule, owner: await readRuleFileOwner(db), intervalMs });
    await requirePromtool(rule, text, await requireFolder());
    await edit({ ruleId, text: rule.enabled ? text : undefined, commit: () => saveAlertRule(db, row) }, lease);
  }

  async function read(ruleId: string, signal: AbortSignal): Promise<AlertRuleResponse> {
    const row = await requireRow(ruleId);
    const statusOf = await readStatuses(prometheus, { log, signal });
    return ruleResponse(row, statusOf(ruleId));
  }

  async function create(rule: RuleDefinition, { by, signal }: ChangeOptions): Promise<AlertRuleResponse> {
    await requireFolder();
    await requireKnownChannels(db, rule);
    await checkCondition(rule, { prometheus, signal });
    const ruleId = `rule-${randomBytes(4).toString('hex')}`;
    await change(async (lease) => {
      const nowMs = now();
      await put({ ...rowOf(rule, by, nowMs), ruleId, revision: 1, createdAtMs: nowMs }, rule, lease);
    });
    log.info('rule created', { rule: ruleId, name: rule.name, by });
    return read(ruleId, signal);
  }

  async function update(ruleId: string, rule: RuleDefinition, asked: ChangeOptions): Promise<AlertRuleResponse> {
    const { by, ifMatch, signal } = asked;
    await requireRow(ruleId, ifMatch);
    await requireFolder();
    await requireKnownChannels(db, rule);
    await checkCondition(rule, { prometheus, signal });
    await change(async (lease) => {
      const { revision, createdAtMs } = await requireRow(ruleId, ifMatch);
      await put({ ...rowOf(rule, by, now()), ruleId, revision: revision + 1, createdAtMs }, rule, lease);
    });
    log.info('rule updated', { rule: ruleId, name: rule.name, by });
    return read(ruleId, signal);
  }

  async function remove(ruleId: string, { by, ifMatch }: ChangeOptions): Promise<void> {
    await requireRow(ruleId, ifMatch);
    await change(async (lease) => {
      const { revision } = await requireRow(ruleId, ifMatch);
      await edit({ ruleId, text: undefined, commit: () => deleteAlertRule(db, { ruleId, revision }) }, lease);
    });
    log.info('rule deleted', { rule: ruleId, by });
  }

  return {
    read,
    create,
    update,
    remove,
    divergence: () => repair.divergence(),
    async list(signal) {
      const rows = await listAlertRules(db);
      if (rows.length === 0) return [];
      const statusOf = await readStatuses(prometheus, { log, signal });
      return rows.map((row) => ruleResponse(row, statusOf(row.ruleId)));
    },
    async setAside() {
      const files = (await folder?.listSetAside().catch(ignoreMissing)) ?? [];
      return Promise.all(
        files.map(async (file) => {
          const fault = (await promtool(file))?.message;
          return { file: basename(file), ...(fault === undefined ? {} : { fault }) };
        }),
      );
    },
    async tryOut(rule, { ruleId, signal }) {
      if (ruleId !== undefined) await requireRow(ruleId);
      await requireKnownChannels(db, rule);
      await checkCondition(rule, { prometheus, signal });
      await requireName(rule.name, ruleId);
      const text = renderRuleText({ ruleId: 'rule-00000000', rule, owner: '', intervalMs });
      if (folder !== undefined)
        await requirePromtool(rule, text, folder).catch((error: unknown) => {
          if (error instanceof HttpProblem) throw error;
          log.debug('the rule is tried out without promtool', { error: messageOf(error) });
        });
      return dryRun(rule, { prometheus, nowMs: now(), signal });
    },
    start() {
      if (folder !== undefined) repair.start();
    },
    stop: () => repair.stop(),
  };
}

function registerDivergence(registry: Registry, divergence: () => Divergence | undefined): void {
  new Gauge({
    name: 'hostpulse_gateway_rules_out_of_sync',
    help: 'Whether rule files or Prometheus may differ from the alert rules in the database (1) or not (0).',
    registers: [registry],
    collect() {
      this.set(divergence() === undefined ? 0 : 1);
    },
  });
}

function rowOf(rule: RuleDefinition, by: string, nowMs: number) {
  return { name: rule.name, definition: JSON.stringify(rule), updatedAtMs: nowMs, updatedBy: by };
}

/** Returns the member of the rule that has promtool's fault. promtool names labels and annotations only. */
function pathOf({ message }: PromtoolFault, { expr }: RuleDefinition): string {
  const [, kind, name] = /\b(label|annotation) "([^"]+)"/.exec(message) ?? [];
  if (kind !== undefined) return `${kind}s.${name}`;
  return expr === undefined ? 'metric' : 'expr';
}

/** Returns whether the header is `*` or lists the tag. A weak tag never matches: RFC 9110, section 13.1.1. */
function matchesEtag(header: string, etag: string): boolean {
  const tags = header.split(',').map((each) => each.trim());
  return tags.includes('*') || tags.includes(etag);
}

/** A missing folder is reported by the calls that write rules. */
function ignoreMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
