/** The schema of a rule in requests: for a catalogue metric, or for a PromQL expression. */
import { z } from 'zod';
import { metricByName } from '../../../common/catalogue/metrics.ts';
import { parseDuration, renderDuration } from '../../../common/program/settings/units.ts';
import { hostName, metricName } from '../../schema/fields.ts';
import { labelMatcher } from '../../schema/label-matcher.ts';

export const operators = ['>', '>=', '<', '<=', '==', '!='] as const;
export type Operator = (typeof operators)[number];

export const ruleSeverities = ['critical', 'warning', 'info'] as const;

const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const maxForMs = 31 * 24 * 3_600_000;

/** `5m`, or seconds; becomes a duration as Prometheus writes it. */
const holdingTime = z
  .union([z.string(), z.number()], 'expected a duration such as 5m, or seconds')
  .transform((raw, context) => {
    const seconds = typeof raw === 'number' || /^\d+(?:\.\d+)?$/.test(raw) ? Number(raw) : undefined;
    const timeMs = seconds === undefined ? parseDuration(String(raw)) : Math.round(seconds * 1_000);
    if (timeMs !== undefined && timeMs >= 0 && timeMs <= maxForMs) return renderDuration(timeMs);
    context.addIssue({
      code: 'custom',
      message: `expected a duration such as 5m, or seconds, of at most 31d; got ${JSON.stringify(raw)}`,
    });
    return z.NEVER;
  });

/** Labels or annotations. The values of `reserved` are the messages for names that other members define. */
function texts(reserved: Readonly<Record<string, string>>) {
  return z.record(z.string(), z.string().max(4_096)).superRefine((given, context) => {
    const fault = (name: string, message: string): void => context.addIssue({ code: 'custom', path: [name], message });
    if (Object.keys(given).length > 32) fault('', 'expected at most 32');
    for (const name of Object.keys(given)) {
      if (Object.hasOwn(reserved, name)) fault(name, reserved[name] as string);
      else if (!labelName.test(name) || name.startsWith('__'))
        fault(name, 'expected a name of letters, digits and underscores that does not start with a digit or __');
    }
  });
}

const label = texts({
  alertname: 'set by the member name',
  severity: 'set by the member severity',
  metric: 'set by the member metric',
});

const derived = 'derived from the other members';
const annotation = texts({
  value: derived,
  threshold: derived,
  expr: derived,
  channels: 'set by the member channels',
});

const whole = z.strictObject({
  name: z
    .string()
    .max(200)
    .regex(/^\P{Cc}*[^\s\p{Cc}]\P{Cc}*$/u, 'expected a text without control characters, such as DiskNearlyFull')
    .refine((name) => name.isWellFormed(), 'expected well-formed Unicode')
    .meta({ description: 'Name of the alert.', examples: ['DiskNearlyFull'] }),
  metric: metricName.transform(({ name }) => name).optional(),
  expr: z
    .string()
    .max(10_000)
    .regex(/\S/, 'expected PromQL')
    .optional()
    .meta({
      description: 'PromQL; without operator and threshold it is the whole condition.',
      examples: ['node_load1'],
    }),
  operator: z.enum(operators).optional(),
  threshold: z.number().optional().meta({ description: 'Threshold in the unit of the metric.' }),
  for: holdingTime
    .default('0s')
    .meta({ description: 'How long the condition must hold; with `0s` the alert fires at once.', examples: ['5m'] }),
  hosts: z
    .array(hostName)
    .max(1_000)
    .default([])
    .meta({ description: 'Hosts, for a rule with `metric`; empty: every host.' }),
  matchers: z
    .array(labelMatcher)
    .max(20)
    .default([])
    .superRefine((given, context) => {
      for (const [at, { name }] of given.entries())
        if (!labelName.test(name))
          context.addIssue({ code: 'custom', path: [at, 'name'], message: 'expected a label name' });
    })
    .meta({ description: 'Labels that the series must have, for a rule with `metric`.' }),
  severity: z.enum(ruleSeverities).default('warning'),
  channels: z
    .array(z.string().regex(/^[^\s,]{1,64}$/, 'expected a channel name'))
    .max(32)
    .default([])
    .meta({ description: 'Channels of the relay; empty: as the routes of the relay say.' }),
  labels: label.default({}).meta({ description: 'Additional labels of the alert.' }),
  annotations: annotation.default({}).meta({
    description: 'Annotations, as templates of Prometheus.',
    examples: [{ runbook_url: 'https://example.com' }],
  }),
  enabled: z.boolean().default(true),
});

type Whole = z.output<typeof whole>;

/** Runs a refinement even if a member is faulty, so that one response lists all faults. */
const always = { when: ({ value }: { value: unknown }) => typeof value === 'object' && value !== null };

export const newRule = whole
  .refine(({ metric, expr }: Whole) => (metric === undefined) !== (expr === undefined), {
    path: ['metric'],
    error: 'expected either metric or expr',
    ...always,
  })
  .refine(({ operator, threshold }: Whole) => (operator === undefined) === (threshold === undefined), {
    path: ['threshold'],
    error: 'expected operator and threshold together',
    ...always,
  })
  .refine(({ metric, operator }: Whole) => metric === undefined || operator !== undefined, {
    path: ['operator'],
    error: 'expected an operator and a threshold for the metric',
    ...always,
  })
  .refine(({ expr, hosts, matchers }: Whole) => expr === undefined || !(isSome(hosts) || isSome(matchers)), {
    path: ['hosts'],
    error: 'expected no hosts and matchers with expr: use the selectors of the expression',
    ...always,
  })
  .refine(({ metric, annotations }: Whole) => metric === undefined || !Object.hasOwn(annotations ?? {}, 'unit'), {
    path: ['annotations', 'unit'],
    error: 'set by the metric',
    ...always,
  })
  .meta({ id: 'NewAlertRule' });

export type RuleDefinition = z.output<typeof newRule>;

/** Undefined if another member is faulty: Zod has not filled in the defaults then. */
function isSome(list: readonly unknown[] | undefined): boolean {
  return Array.isArray(list) && list.length > 0;
}

/** Returns the unit of the rule's value, if known. */
export function unitOf({ metric, annotations }: RuleDefinition): string | undefined {
  return metric === undefined ? annotations['unit'] : metricByName(metric)?.unit;
}
