/** Label matchers of Alertmanager's API, and their text form. */
import { z } from 'zod';

export const labelMatcher = z
  .strictObject({
    name: z.string().min(1, 'expected a label name').max(1_024),
    value: z.string().max(4_096),
    isRegex: z.boolean().default(false),
    isEqual: z.boolean().default(true),
  })
  .meta({ id: 'LabelMatcher', description: 'As in Alertmanager: isRegex and isEqual select `=`, `!=`, `=~` or `!~`.' });

export type LabelMatcher = z.output<typeof labelMatcher>;

/** `name op "value"` at the start of a text. An unquoted value ends at a space, comma, brace or quote. */
const matcherForm =
  /^\s*(?:([A-Za-z_][A-Za-z0-9_]*)|("(?:[^"\\]|\\.)*"))\s*(=~|!~|!=|=)\s*(?:("(?:[^"\\]|\\.)*")|([^\s"{},=~!][^\s"{},]*)?)\s*/;

/**
 * Parses `{alertname="X",instance="web-1"}`, with or without braces. Returns undefined for other text.
 * Source: https://prometheus.io/docs/alerting/latest/configuration/#matcher
 */
export function tryParseMatchers(text: string): readonly LabelMatcher[] | undefined {
  const [, inner = text] = /^\s*\{(.*)\}\s*$/s.exec(text) ?? [];
  const found: LabelMatcher[] = [];
  let rest = inner;
  while (rest.trim() !== '') {
    const [whole = '', plain, quotedName, operator, quoted, bare = ''] = matcherForm.exec(rest) ?? [];
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

/** Unescapes the escapes that Go and JSON share. Keeps others, such as `\.` and `\d` in a regular expression. */
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

/** Returns the host if the matchers match alerts of one host only. */
export function tryHostOf(matchers: readonly LabelMatcher[]): string | undefined {
  return matchers.find(({ name, isRegex, isEqual }) => name === 'instance' && isEqual && !isRegex)?.value;
}

/** A text of matchers; becomes the matchers. The message for other text names `expected`. */
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
