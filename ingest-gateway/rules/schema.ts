/** A rule as it goes in: by a catalogue metric, or by PromQL. */
import { z } from 'zod';
import { metricByName } from '../../common/catalogue/index.ts';
import { parseDuration, renderDuration } from '../../common/program/settings/units.ts';
import { hostName, metricName } from '../schema/fields.ts';
import { labelMatcher } from '../schema/label-matcher.ts';

export const operators = ['>', '>=', '<', '<=', '==', '!='] as const;
export type Operator = (typeof operators)[number];

export const ruleSeverities = ['critical', 'warning', 'info'] as const;

const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const maxForMs = 31 * 24 * 3_600_000;

/** `5m`, or seconds; becomes Prometheus' spelling. */
const holdingTime = z
  .union([z.string(), z.number()], 'expected a duration such as 5m, or seconds')
  .transform((raw, context) => {
    const seconds = typeof raw === 'number' || /^\d+(?:\.\d+)?$/.test(raw) ? Number(raw) : undefined;
    const timeMs = seconds === undefined ? parseDuration(String(raw)) : Math.round(seconds * 1_000);
    if (timeMs !== undefined && timeMs >= 0 && timeMs <= maxForMs) return renderDuration(timeMs);
    context.addIssue({
      code: 'custom',
      message: `expected a duration such as 5m, or seconds, of 31d at most; got ${JSON.stringify(raw)}`,
    });
    return z.NEVER;
  });

/** Labels and annotations: names that are not made from other members, values of some length. */
function texts(reserved: Readonly<Record<string, string>>) {
  return z.record(z.string(), z.string().max(4_096)).superRefine((given, context) => {
    const fault = (name: string, message: string): void => context.addIssue({ code: 'custom', path: [name], message });
    if (Object.keys(given).length > 32) fault('', 'expected 32 of them at most');
    for (const name of Object.keys(given)) {
      if (Object.hasOwn(reserved, name)) fault(name, reserved[name] as string);
      else if (!labelName.test(name) || name.startsWith('__'))
        fault(name, 'expected a name of letters, digits and underscores, not with a digit or __ first');
    }
  });
}

const label = texts({
  alertname: 'it is the name of the rule',
  severity: 'it has a member of its own: severity',
  metric: 'it is the metric of the rule',
});

const made = 'it is made from the other members';
const annotation = texts({
  value: made,
  threshold: made,
  expr: made,
  channels: 'it has a member of its own: channels',
});

const whole = z.strictObject({
  name: z
    .string()
    .max(200)
    .regex(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/, 'expected letters, digits, _ and :, as in DiskNearlyFull, no digit first')
    .meta({ description: "The alert's name.", examples: ['DiskNearlyFull'] }),
  metric: metricName.transform(({ name }) => name).optional(),
  expr: z
    .string()
    .max(10_000)
    .regex(/\S/, 'expected PromQL')
    .optional()
    .meta({ description: 'PromQL: without operator and threshold the whole condition.', examples: ['node_load1'] }),
  operator: z.enum(operators).optional(),
  threshold: z.number().optional().meta({ description: "In the metric's unit." }),
  for: holdingTime.default('0s').meta({ description: 'How long it must hold; `0s`: fires at once.', examples: ['5m'] }),
  hosts: z.array(hostName).max(1_000).default([]).meta({ description: 'Of `metric`; none: every host.' }),
  matchers: z
    .array(labelMatcher)
    .max(20)
    .default([])
    .superRefine((given, context) => {
      for (const [at, { name }] of given.entries())
        if (!labelName.test(name))
          context.addIssue({ code: 'custom', path: [at, 'name'], message: 'expected the name of a label' });
    })
    .meta({ description: 'Of `metric`: labels that its series must have.' }),
  severity: z.enum(ruleSeverities).default('warning'),
  channels: z
    .array(z.string().regex(/^[^\s,]{1,64}$/, 'expected the name of a channel'))
    .max(32)
    .default([])
    .meta({ description: "Of the relay; none: as the relay's routes say." }),
  labels: label.default({}).meta({ description: 'More labels of the alert.' }),
  annotations: annotation
    .default({})
    .meta({ description: "Prometheus' templates.", examples: [{ runbook_url: 'https://example.com' }] }),
  enabled: z.boolean().default(true),
});

type Whole = z.output<typeof whole>;

/** Looked at beside other faults, so that one answer names them all. */
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
    error: 'expected none with expr, whose selectors can name hosts and labels',
    ...always,
  })
  .refine(({ metric, annotations }: Whole) => metric === undefined || !Object.hasOwn(annotations ?? {}, 'unit'), {
    path: ['annotations', 'unit'],
    error: "it is the metric's",
    ...always,
  })
  .meta({ id: 'NewAlertRule' });

export type RuleDefinition = z.output<typeof newRule>;

/** With a fault elsewhere, defaults are not filled in yet. */
function isSome(list: readonly unknown[] | undefined): boolean {
  return Array.isArray(list) && list.length > 0;
}

/** The unit of a rule's value; undefined where nobody said. */
export function unitOf({ metric, annotations }: RuleDefinition): string | undefined {
  return metric === undefined ? annotations['unit'] : metricByName(metric)?.unit;
}
