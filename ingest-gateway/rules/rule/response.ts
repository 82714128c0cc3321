/** A rule in an HTTP response: its definition, and its status in Prometheus. */
import { z } from 'zod';
import { type Log, messageOf } from '../../../common/program/log.ts';
import type { PrometheusConnection } from '../../../common/prometheus/connection.ts';
import { PrometheusError } from '../../../common/prometheus/error.ts';
import { type LoadedRule, readAlertingRules } from '../../prometheus/rules-api.ts';
import { operators, type RuleDefinition, ruleSeverities, unitOf } from './schema.ts';
import { type AlertRule, conditionOf, groupName } from './stored-rule.ts';

const texts = z.record(z.string(), z.string());

const ruleStatus = z.object({
  state: z.enum(['inactive', 'pending', 'firing', 'missing']),
  health: z.enum(['ok', 'err', 'unknown']),
  last_error: z.string().optional(),
  evaluated_at: z.iso.datetime().optional(),
  alerts: z
    .array(
      z.object({
        state: z.enum(['pending', 'firing']),
        host: z.string().optional(),
        labels: texts,
        value: z.number().nullable().meta({ description: 'Null for NaN and the infinities.' }),
        active_at: z.iso.datetime(),
      }),
    )
    .meta({ description: 'The first 100.' }),
});

export type RuleStatus = z.output<typeof ruleStatus>;

export const alertRule = z.object({
  id: z.string(),
  name: z.string(),
  metric: z.string().optional(),
  expr: z.string().optional(),
  operator: z.enum(operators).optional(),
  threshold: z.number().optional(),
  for: z.string(),
  hosts: z.array(z.string()),
  matchers: z.array(z.object({ name: z.string(), value: z.string(), isRegex: z.boolean(), isEqual: z.boolean() })),
  severity: z.enum(ruleSeverities),
  channels: z.array(z.string()),
  labels: texts,
  annotations: texts,
  enabled: z.boolean(),
  expression: z.string().meta({ description: 'The PromQL expression that Prometheus evaluates.' }),
  unit: z.string().optional(),
  revision: z.int(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
  updated_by: z.string(),
  status: ruleStatus.optional().meta({
    description: 'As Prometheus reports it; absent for a disabled rule and while Prometheus does not answer.',
  }),
});

export type AlertRuleResponse = z.output<typeof alertRule>;

export const setAsideFile = z.object({
  file: z.string().meta({ description: 'File name in `rules.custom_directory`.' }),
  fault: z
    .string()
    .optional()
    .meta({ description: 'Absent if promtool finds no fault: the file can be renamed back.' }),
});

export type SetAsideFile = z.output<typeof setAsideFile>;

export const outOfSync = z.object({ since: z.iso.datetime(), reason: z.string() });

/** A `status` of undefined means that it is unknown. */
export function ruleResponse(row: AlertRule, status: RuleStatus | undefined): AlertRuleResponse {
  const rule = JSON.parse(row.definition) as RuleDefinition;
  const unit = unitOf(rule);
  const { metric, expr, operator, threshold, ...rest } = rule;
  return {
    id: row.ruleId,
    ...rest,
    ...(metric === undefined ? {} : { metric }),
    ...(expr === undefined ? {} : { expr }),
    ...(operator === undefined ? {} : { operator }),
    ...(threshold === undefined ? {} : { threshold }),
    expression: conditionOf(rule).expression,
    ...(unit === undefined ? {} : { unit }),
    revision: row.revision,
    created_at: new Date(row.createdAtMs).toISOString(),
    updated_at: new Date(row.updatedAtMs).toISOString(),
    updated_by: row.updatedBy,
    ...(status === undefined || !rule.enabled ? {} : { status }),
  };
}

export function etagOf({ revision }: Pick<AlertRule, 'revision'>): string {
  return `"${revision}"`;
}

/** A response that would take longer has no status. */
const statusTimeoutMs = 3_000;

const maxAlerts = 100;

const missing: RuleStatus = { state: 'missing', health: 'unknown', alerts: [] };

/** Returns the status of a rule by its id: undefined for each rule if Prometheus does not answer. */
export async function readStatuses(
  prometheus: PrometheusConnection,
  { log, signal }: { readonly log: Log; readonly signal: AbortSignal },
): Promise<(ruleId: string) => RuleStatus | undefined> {
  try {
    const groups = await readAlertingRules(prometheus, { timeoutMs: statusTimeoutMs, signal });
    const byName = new Map(groups.map(({ name, rules }) => [name, rules[0]]));
    return (ruleId) => {
      const rule = byName.get(groupName(ruleId));
      return rule === undefined ? missing : renderStatus(rule);
    };
  } catch (error) {
    if (!(error instanceof PrometheusError)) throw error;
    log.debug('rules are returned without their status', { error: messageOf(error) });
    return () => undefined;
  }
}

function renderStatus({ state, health, lastError, evaluatedAtMs, alerts }: LoadedRule): RuleStatus {
  return {
    state,
    health,
    ...(lastError === '' ? {} : { last_error: lastError }),
    ...(evaluatedAtMs === undefined ? {} : { evaluated_at: new Date(evaluatedAtMs).toISOString() }),
    alerts: alerts.slice(0, maxAlerts).map(({ labels, state: alertState, value, activeAtMs }) => ({
      state: alertState,
      ...(labels['instance'] === undefined ? {} : { host: labels['instance'] }),
      labels: { ...labels },
      value: Number.isFinite(value) ? value : null,
      active_at: new Date(activeAtMs).toISOString(),
    })),
  };
}
