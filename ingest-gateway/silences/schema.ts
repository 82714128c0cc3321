/** Silences as our API takes and shows them. */
import { z } from 'zod';
import { instant, timeSpan } from '../schema/fields.ts';
import { labelMatcher, matchersText } from '../schema/label-matcher.ts';

export const silenceStates = ['active', 'pending', 'expired'] as const;
export type SilenceState = (typeof silenceStates)[number];

/** In a body, milliseconds and seconds may be numbers. */
const bodyInstant = z.union([z.string(), z.number()]).transform(String).pipe(instant);
const bodySpan = z.union([z.string(), z.number()]).transform(String).pipe(timeSpan);

const filter = matchersText('matchers such as {alertname="CpuUsageHigh",instance="web-1"}');

const whole = z.strictObject({
  id: z.uuid('expected the id of a silence').optional().meta({ description: 'Of the silence that this one replaces.' }),
  matchers: z.array(labelMatcher).min(1, 'expected one matcher at least').max(100).optional(),
  filter: filter
    .optional()
    .meta({ description: 'The matchers as a text, as in messages\' links: `{alertname="X",instance="web-1"}`.' }),
  starts_at: bodyInstant.optional().meta({ description: 'Now where absent.' }),
  ends_at: bodyInstant.optional(),
  duration: bodySpan.optional().meta({ description: 'From its start, in place of `ends_at`.' }),
  created_by: z.string().trim().min(1, 'expected a name').max(255).optional(),
  comment: z.string().trim().min(1, 'expected why').max(4_096),
});

type Whole = z.output<typeof whole>;

/** Looked at beside other faults, so that one answer names them all. */
const always = { when: ({ value }: { value: unknown }) => typeof value === 'object' && value !== null };

/** What goes in. */
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

/** What comes out. */
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
