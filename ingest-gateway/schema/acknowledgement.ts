/** Schemas of acknowledgements in requests and responses. */
import { z } from 'zod';
import { acknowledgementLimits } from '../../common/store/acknowledgements.ts';

const { name: maxName, note: maxNote } = acknowledgementLimits;

export const holderName = z
  .string('expected a name')
  .trim()
  .min(1, 'expected a name')
  .max(maxName, `expected at most ${maxName} characters`)
  .regex(/^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]*$/u, 'expected a name without control characters');

/** An empty note is no note. */
export const holderNote = z
  .string('expected a text')
  .trim()
  .max(maxNote, `expected at most ${maxNote} characters`)
  .regex(/^[^\p{Cs}]*$/u, 'expected well-formed text')
  .transform((text) => (text === '' ? undefined : text));

export const acknowledgement = z
  .object({
    by: z.string(),
    note: z.string().optional(),
    at: z.iso.datetime().meta({ description: 'Since when this person or key has the alert.' }),
  })
  .meta({ description: 'Absent if the alert is not acknowledged.' });

export const acknowledgementChange = z.object({
  kind: z.enum(['acknowledged', 'withdrawn']),
  by: z.string(),
  note: z.string().optional(),
  at: z.iso.datetime(),
});
