/** Secret texts of a channel's settings: given as they are, or by the file that holds them. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { Secret } from '../../common/program/settings/secret.ts';

/** The fields `<name>` and `<name>_file`, of which at most one may be given. */
export function secretFields<const Name extends string>(name: Name) {
  const text = z.string().min(1).optional();
  return { [name]: text, [`${name}_file`]: text } as Record<Name | `${Name}_file`, typeof text>;
}

interface Given {
  readonly name: string;
  readonly value: string | undefined;
  readonly file: string | undefined;
}

/** The secret, undefined where none is given; faults go to the context, at the field that has them. */
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
