/** Matchers of labels, as Alertmanager's API has them and as it writes them. */
import { z } from 'zod';

export const labelMatcher = z
  .strictObject({
    name: z.string().min(1, 'expected the name of a label').max(1_024),
    value: z.string().max(4_096),
    isRegex: z.boolean().default(false),
    isEqual: z.boolean().default(true),
  })
  .meta({ id: 'LabelMatcher', description: 'As in Alertmanager: `=`, `!=`, `=~`, `!~` by isRegex and isEqual.' });

export type LabelMatcher = z.output<typeof labelMatcher>;

/** `name op "value"` at the start of a text; a value without quotes has no blank, comma, brace or quote. */
const one =
  /^\s*(?:([A-Za-z_][A-Za-z0-9_]*)|("(?:[^"\\]|\\.)*"))\s*(=~|!~|!=|=)\s*(?:("(?:[^"\\]|\\.)*")|([^\s"{},=~!][^\s"{},]*)?)\s*/;

/**
 * The matchers of `{alertname="X",instance="web-1"}`, with or without braces; undefined when it is something else.
 * Source: https://prometheus.io/docs/alerting/latest/configuration/#matcher
 */
export function tryParseMatchers(text: string): readonly LabelMatcher[] | undefined {
  const [, inner = text] = /^\s*\{(.*)\}\s*$/s.exec(text) ?? [];
  const found: LabelMatcher[] = [];
  let rest = inner;
  while (rest.trim() !== '') {
    const [whole = '', plain, quotedName, operator, quoted, bare = ''] = one.exec(rest) ?? [];
    const name = plain ?? tryUnquote(quotedName);
    const value = quoted === undefined ? bare : tryUnquote(quoted);
    if (name === undefined || name === '' || operator === undefined || value === undefined) return undefined;
    found.push({ name, value, isRegex: operator.endsWith('~'), isEqual: operator.startsWith('=') });
    rest = rest.slice(whole.length);
    if (rest === '') break;
    if (!rest.startsWith(',')) return undefined;
    rest = rest.slice(1);
  }
  return found.length === 0 ? undefined : found;
}

/** Of Go's escapes those that JSON has, and `\.` or `\d` as people write them in regular expressions. */
function tryUnquote(quoted: string | undefined): string | undefined {
  if (quoted === undefined) return undefined;
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return quoted.slice(1, -1).replaceAll('\\"', '"');
  }
}

export function renderMatcher({ name, value, isRegex, isEqual }: LabelMatcher): string {
  const operator = isRegex ? (isEqual ? '=~' : '!~') : isEqual ? '=' : '!=';
  return `${name}${operator}${JSON.stringify(value)}`;
}

/** Whether it lets one host alone through, and which. */
export function tryHostOf(matchers: readonly LabelMatcher[]): string | undefined {
  return matchers.find(({ name, isRegex, isEqual }) => name === 'instance' && isEqual && !isRegex)?.value;
}

/** Matchers as one text, parsed; `expected` is what the fault of another text names. */
export function matchersText(expected: string) {
  return z
    .string()
    .max(16_384)
    .transform((text, context) => {
      const matchers = tryParseMatchers(text);
      if (matchers !== undefined) return matchers;
      const message = `expected ${expected}, got ${JSON.stringify(text.slice(0, 100))}`;
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    });
}
