/** Fields that several channels' settings have. */
import { z } from 'zod';
import { parseDuration } from '../../common/program/settings/units.ts';

/** A message takes up to two calls, within the five minutes that a transaction may rest (`common/store/open.ts`). */
const maxTimeoutMs = 120_000;

/** In milliseconds. */
export function timeoutField(standard: string) {
  return z
    .string()
    .default(standard)
    .transform((text) => parseDuration(text) ?? 0)
    .refine((timeoutMs) => timeoutMs > 0 && timeoutMs <= maxTimeoutMs, 'a duration such as 10s, 2m at most');
}

/** Whether messages show the last hour of their metric. */
export const pictureField = z.boolean('true or false');

export const messagesPerMinuteField = z
  .int('a whole number from 1 to 6000')
  .min(1, 'a whole number from 1 to 6000')
  .max(6_000, 'a whole number from 1 to 6000');
