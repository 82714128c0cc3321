/** Schemas of silences in requests and responses. */
import { z } from 'zod';
import { instant, timeSpan } from '../schema/fields.ts';
import { labelMatcher, matchersText } from '../schema/label-matcher.ts';

export const silenceStates = ['active', 'pending', 'expired'] as const;
export type SilenceState = (typeof silenceStates)[number];

/** In a body, milliseconds and seconds may also be numbers. */
const bodyInstant = z.union([z.string(), z.number()]).transform(String).pipe(instant);
const bodySpan = z.union([z.string(), z.number()]).transform(String).pipe(timeSpan);

const filter = matchersText('matchers such as {alertname="CpuUsageHigh",instance="web-1"}');

const whole = z.strictObject({
  id: z.uuid('expected the id of a silence').optional().meta({ description: 'Id of the silence to replace.' }),
  matchers: z.array(labelMatcher).min(1, 'expected at least one matcher').max(100).optional(),
  filter: filter.optional().meta({
    description: 'The matchers as text, as in the links of notifications: `{alertname="X",instance="web-1"}`.',
  }),
  starts_at: bodyInstant.optional().meta({ description: 'Default: now.' }),
  ends_at: bodyInstant.optional(),
  duration: bodySpan.optional().meta({ description: 'Duration from the start, instead of `ends_at`.' }),
  created_by: z.string().trim().min(1, 'expected a name').max(255).optional(),
  comment: z.string().trim().min(1, 'expected a comment').max(4_096),
});

type Whole = z.output<typeof whole>;

/** Runs a refinement even if a member is faulty, so that one response lists all faults. */
const always = { when: ({ value }: { value: unknown }) => typeof value === 'object' && value !== null };

export const newSilence = whole
  .refine(({ matchers, filter: text }: Whole) => (matchers === undefined) !== (text === undefined), {
    path: ['matchers'],
    error: 'expected either matchers or filter',
    ...always,
  })
  .refine(({ ends_at: endsAt, duration }: Whole) => (endsAt === undefined) !== (duration === undefined), {
    path: ['ends_at'],
    error: 'expected either ends_at or duration',
    ...always,
  })
  .meta({ id: 'NewSilence' });

export type NewSilence = z.output<typeof newSilence>;

export const silence = z.object({
  id: z.string(),
  state: z.enum(silenceStates),
  matchers: z.array(z.object({ name: z.string(), value: z.string(), isRegex: z.boolean(), isEqual: z.boolean() })),
  starts_at: z.iso.datetime(),
  ends_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
  created_by: z.string(),
  comment: z.string(),
});

export type Silence = z.output<typeof silence>;
