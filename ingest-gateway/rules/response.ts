/** A rule as it comes out. */
import { z } from 'zod';
import { conditionOf } from './condition.ts';
import type { AlertRule } from './rule-store.ts';
import { operators, type RuleDefinition, ruleSeverities, unitOf } from './schema.ts';

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
        value: z.number().nullable().meta({ description: 'Null where it is no number.' }),
        active_at: z.iso.datetime(),
      }),
    )
    .meta({ description: 'The first hundred.' }),
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
  expression: z.string().meta({ description: 'What Prometheus evaluates.' }),
  unit: z.string().optional(),
  revision: z.int(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
  updated_by: z.string(),
  status: ruleStatus
    .optional()
    .meta({ description: "Prometheus' word; absent for a disabled rule and while Prometheus is away." }),
});

export type AlertRuleAnswer = z.output<typeof alertRule>;

export const setAsideFile = z.object({
  file: z.string().meta({ description: 'Its name below `rules.custom_directory`.' }),
  fault: z
    .string()
    .optional()
    .meta({ description: 'Absent where promtool finds none (any more): the file can have its name back.' }),
});

export type SetAsideFile = z.output<typeof setAsideFile>;

/** `undefined`: nobody can say. */
export function answerOf(row: AlertRule, status: RuleStatus | undefined): AlertRuleAnswer {
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
