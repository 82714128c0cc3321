/** Defines settings that several channel types share. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { Secret } from '../../common/program/settings/secret.ts';
import { parseDuration } from '../../common/program/settings/units.ts';

const maxTimeoutMs = 3_600_000;

/** Returns the schema of a time limit: a duration as text, converted to milliseconds. */
export function timeoutField(standard: string) {
  return z
    .string()
    .default(standard)
    .transform((text) => parseDuration(text) ?? 0)
    .refine((timeoutMs) => timeoutMs > 0 && timeoutMs <= maxTimeoutMs, 'a duration such as 10s, 1h at most');
}

/** Returns whether the text is an absolute http or https URL. */
export function isWebUrl(text: string): boolean {
  return ['http:', 'https:'].includes(URL.parse(text)?.protocol ?? '');
}

/** Whether messages show a chart of the metric's last hour. */
export const pictureField = z.boolean('true or false');

export const messagesPerMinuteField = z
  .int('a whole number from 1 to 6000')
  .min(1, 'a whole number from 1 to 6000')
  .max(6_000, 'a whole number from 1 to 6000');

/** Returns the fields `<name>` and `<name>_file`. `tryReadSecret` checks that at most one is given. */
export function secretFields<const Name extends string>(name: Name) {
  const text = z.string().min(1).optional();
  return { [name]: text, [`${name}_file`]: text } as Record<Name | `${Name}_file`, typeof text>;
}

interface Given {
  readonly name: string;
  readonly value: string | undefined;
  readonly file: string | undefined;
}

/** Returns the secret, or undefined if none is given. Adds faults to the context, each at its field. */
export function tryReadSecret({ name, value, file }: Given, context: z.RefinementCtx): Secret | undefined {
  const fail = (field: string, message: string): undefined => {
    context.addIssue({ code: 'custom', path: [field], message });
  };
  if (value !== undefined && file !== undefined) return fail(`${name}_file`, `only one of ${name} and ${name}_file`);
  if (file === undefined) return value === undefined ? undefined : new Secret(value);
  try {
    const text = readFileSync(file, 'utf8').trim();
    return text === '' ? fail(`${name}_file`, 'a file that is not empty') : new Secret(text);
  } catch (error) {
    return fail(`${name}_file`, `a readable file (${Error.isError(error) ? error.message : String(error)})`);
  }
}
