/** Label matchers of silences and rules as text: `{alertname="X",instance=~"web-.*"}`, in Alertmanager's syntax. */
import type { SilenceMatcher } from './silences.ts';

export const matcherOperators = ['=', '!=', '=~', '!~'] as const;
export type MatcherOperator = (typeof matcherOperators)[number];

export function operatorOf({ isRegex, isEqual }: SilenceMatcher): MatcherOperator {
  return isRegex ? (isEqual ? '=~' : '!~') : isEqual ? '=' : '!=';
}

export function withOperator(matcher: SilenceMatcher, operator: MatcherOperator): SilenceMatcher {
  return { ...matcher, isRegex: operator.endsWith('~'), isEqual: operator.startsWith('=') };
}

/** Formats `name="value"`. Alertmanager understands JSON's escapes. */
export function renderMatcher(matcher: SilenceMatcher): string {
  return `${matcher.name}${operatorOf(matcher)}${JSON.stringify(matcher.value)}`;
}

export function renderMatchers(matchers: readonly SilenceMatcher[]): string {
  return `{${matchers.map(renderMatcher).join(',')}}`;
}

/** Returns equality matchers for all labels, sorted by name. They match exactly one alert. */
export function matchersOf(labels: Readonly<Record<string, string>>): readonly SilenceMatcher[] {
  return Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => ({ name, value, isRegex: false, isEqual: true }));
}

const matcherForm =
  /\s*(?:(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)|"(?<quotedName>(?:[^"\\]|\\.)*)")\s*(?<operator>=~|!~|!=|=)\s*(?:"(?<quoted>(?:[^"\\]|\\.)*)"|(?<bare>[^\s,"{}=~!][^\s,"{}]*)?)\s*(?:,|$)/suy;

/** Parses matchers with or without braces and quotes. Throws an Error that quotes the invalid part. */
export function parseMatchers(text: string): readonly SilenceMatcher[] {
  const trimmed = text.trim();
  const isBraced = trimmed.startsWith('{') && trimmed.endsWith('}');
  const inner = (isBraced ? trimmed.slice(1, -1) : trimmed).trim();
  const matchers: SilenceMatcher[] = [];
  matcherForm.lastIndex = 0;
  while (matcherForm.lastIndex < inner.length) {
    const at = matcherForm.lastIndex;
    const { name, quotedName, operator, quoted, bare } = matcherForm.exec(inner)?.groups ?? {};
    if (operator === undefined)
      throw new Error(
        `expected matchers such as alertname="X", instance=~"web-.*"; got ${JSON.stringify(inner.slice(at))}`,
      );
    matchers.push({
      name: name ?? unescape(quotedName ?? ''),
      value: quoted === undefined ? (bare ?? '') : unescape(quoted),
      isRegex: operator.endsWith('~'),
      isEqual: operator.startsWith('='),
    });
  }
  return matchers;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' };

function unescape(text: string): string {
  return text.replaceAll(/\\(?:u([0-9a-fA-F]{4})|(.))/gsu, (_all, code: string | undefined, character: string) =>
    code === undefined ? (escapes[character] ?? character) : String.fromCharCode(Number.parseInt(code, 16)),
  );
}
