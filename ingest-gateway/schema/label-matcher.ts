/** Label matchers of Alertmanager's API, and their text form. */
import { z } from 'zod';
import { type LabelMatcher, parseMatchers } from '../../common/alertmanager/matchers.ts';
import { isPattern } from '../../common/alertmanager/pattern.ts';
import { messageOf } from '../../common/program/log.ts';

export const labelMatcher = z
  .strictObject({
    name: z.string().min(1, 'expected a label name').max(1_024),
    value: z.string().max(4_096),
    isRegex: z.boolean().default(false),
    isEqual: z.boolean().default(true),
  })
  .meta({ id: 'LabelMatcher', description: 'As in Alertmanager: isRegex and isEqual select `=`, `!=`, `=~` or `!~`.' });

/** Returns the host if the matchers match alerts of one host only. */
export function tryHostOf(matchers: readonly LabelMatcher[]): string | undefined {
  return matchers.find(({ name, isRegex, isEqual }) => name === 'instance' && isEqual && !isRegex)?.value;
}

/** A text of one matcher or more; becomes the matchers. The message for an empty text names `expected`. */
export function matchersText(expected: string) {
  return z
    .string()
    .max(16_384)
    .transform((text, context) => {
      const fail = (message: string): never => {
        context.addIssue({ code: 'custom', message });
        return z.NEVER;
      };
      try {
        const matchers = readMatchers(text);
        return matchers.length === 0
          ? fail(`expected ${expected}, got ${JSON.stringify(text.slice(0, 100))}`)
          : matchers;
      } catch (error) {
        return fail(messageOf(error));
      }
    });
}

/** Leaves the refusal of a regular expression to Alertmanager, whose message says why. */
function readMatchers(text: string): readonly LabelMatcher[] {
  try {
    return parseMatchers(text, isPattern);
  } catch {
    return parseMatchers(text);
  }
}
