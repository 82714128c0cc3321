/** Label matchers in Alertmanager's text form, such as `{alertname="X",instance=~"web-.*"}`. Runs in browsers, too. */

/** As in Alertmanager's API: `isRegex` and `isEqual` select `=`, `!=`, `=~` or `!~`. */
export interface LabelMatcher {
  readonly name: string;
  readonly value: string;
  readonly isRegex: boolean;
  readonly isEqual: boolean;
}

export const matcherOperators = ['=', '!=', '=~', '!~'] as const;
export type MatcherOperator = (typeof matcherOperators)[number];

export function operatorOf({ isRegex, isEqual }: Pick<LabelMatcher, 'isRegex' | 'isEqual'>): MatcherOperator {
  return isRegex ? (isEqual ? '=~' : '!~') : isEqual ? '=' : '!=';
}

export function withOperator(matcher: Pick<LabelMatcher, 'name' | 'value'>, operator: string): LabelMatcher {
  return { ...matcher, isRegex: operator.endsWith('~'), isEqual: operator.startsWith('=') };
}

/** Returns equality matchers for all labels, sorted by name. They match exactly one alert. */
export function matchersOf(labels: Readonly<Record<string, string>>): readonly LabelMatcher[] {
  return Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => ({ name, value, isRegex: false, isEqual: true }));
}

/** Returns `{alertname="X",instance="web-1"}`, which `parseMatchers` and every Alertmanager read back as these matchers. */
export function renderMatchers(matchers: readonly LabelMatcher[]): string {
  return `{${matchers.map(renderMatcher).join(',')}}`;
}

/** Returns `name="value"`. Only Alertmanager 0.27 and newer know names in quotes. */
export function renderMatcher(matcher: LabelMatcher): string {
  const { name, value } = matcher;
  return `${classicName.test(name) ? name : quote(name)}${operatorOf(matcher)}${quote(value)}`;
}

/** Uses the escapes that Alertmanager's two parsers share. Other characters, tabs for example, are not escaped. */
function quote(text: string): string {
  return `"${text.toWellFormed().replaceAll(/[\\"\n]/g, (sign) => (sign === '\n' ? '\\n' : `\\${sign}`))}"`;
}

const classicName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

/** Reports whether Alertmanager accepts the regular expression. A browser accepts all and lets the server decide. */
export type PatternCheck = (pattern: string) => boolean;

/**
 * Parses any number of matchers, with or without braces, as Alertmanager does: by the classic syntax, in which `\d` is a
 * backslash and a d, and only text that is not valid there by the UTF-8 syntax. Throws an Error that quotes the invalid part.
 * Source: https://github.com/prometheus/alertmanager/blob/main/matcher/compat/parse.go
 */
export function parseMatchers(text: string, isPattern: PatternCheck = () => true): readonly LabelMatcher[] {
  const classic = parseClassic(text);
  const isBroken = ({ isRegex, value }: LabelMatcher): boolean => isRegex && !isPattern(value);
  if (typeof classic !== 'string' && !classic.some(isBroken)) return classic;
  const matchers = tryParseUtf8(text);
  if (matchers !== undefined && !matchers.some(isBroken)) return matchers;
  const broken = (typeof classic === 'string' ? matchers : classic)?.find(isBroken);
  throw new Error(
    broken === undefined
      ? `expected matchers such as alertname="X", instance=~"web-.*"; got ${JSON.stringify(classic)}`
      : `expected a regular expression that Alertmanager accepts, got ${JSON.stringify(broken.value)}`,
  );
}

const classicForm = /^([a-zA-Z_:][a-zA-Z0-9_:]*)[\t\n\f\r ]*(=~|!~|!=|=)(.*)$/s;
const classicValue = /^(?:"((?:[^"\\]|\\.)*)"|((?!")(?:[^"\\]|\\.)*\\?))$/s;

/** Returns the matchers, or the first part that is not a matcher. */
function parseClassic(text: string): readonly LabelMatcher[] | string {
  const parts = splitAtCommas(text.replace(/^\{/, '').replace(/\}$/, ''));
  if (parts.at(-1)?.trim() === '') parts.pop();
  const matchers: LabelMatcher[] = [];
  for (const part of parts) {
    const [, name, operator, rest = ''] = classicForm.exec(trimAscii(part)) ?? [];
    const [, quoted, bare] = classicValue.exec(trimAscii(rest)) ?? [];
    const value = quoted ?? bare;
    if (name === undefined || operator === undefined || value === undefined) return part.trim();
    matchers.push(withOperator({ name, value: unescape(value) }, operator));
  }
  return matchers;
}

/** Removes Go's `\s`, which is less than the white space of JavaScript, at both ends. */
function trimAscii(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && '\t\n\f\r '.includes(text.charAt(start))) start += 1;
  while (end > start && '\t\n\f\r '.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

/** Splits at the commas outside of quotes. */
function splitAtCommas(text: string): string[] {
  const parts = [''];
  let isQuoted = false;
  let isEscaped = false;
  for (const sign of text) {
    if (sign === '"' && !isEscaped) isQuoted = !isQuoted;
    isEscaped = sign === '\\' && !isEscaped;
    if (sign === ',' && !isQuoted) parts.push('');
    else parts.push(`${parts.pop()}${sign}`);
  }
  return parts;
}

/** Replaces `\\`, `\"` and `\n`. Any other backslash is literal. */
function unescape(text: string): string {
  return text.replaceAll(/\\([\\"n])/g, (_pair, sign: string) => (sign === 'n' ? '\n' : sign));
}

/** Names and values in quotes with Go's escapes, or without quotes and without the characters of the syntax. */
const utf8Form =
  /\p{White_Space}*(?:("(?:[^"\\\n]|\\.)*")|([^\p{White_Space}{}!=~,\\"'`]+))\p{White_Space}*(=~|!~|!=|=)\p{White_Space}*(?:("(?:[^"\\\n]|\\.)*")|([^\p{White_Space}{}!=~,\\"'`]+))\p{White_Space}*(?:,\p{White_Space}*|$)/uy;

function tryParseUtf8(text: string): readonly LabelMatcher[] | undefined {
  const trimmed = text.trim();
  const inner = (trimmed.startsWith('{') && trimmed.endsWith('}') ? trimmed.slice(1, -1) : trimmed).trim();
  const matchers: LabelMatcher[] = [];
  for (utf8Form.lastIndex = 0; utf8Form.lastIndex < inner.length; ) {
    const [, quotedName, bareName, operator, quotedValue, bareValue] = utf8Form.exec(inner) ?? [];
    const name = bareName ?? tryUnquote(quotedName);
    const value = bareValue ?? tryUnquote(quotedValue);
    if (name === undefined || name === '' || operator === undefined || value === undefined) return undefined;
    matchers.push(withOperator({ name, value }, operator));
  }
  return matchers;
}

const escapes: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  t: 9,
  n: 10,
  v: 11,
  f: 12,
  r: 13,
  '"': 34,
  '\\': 92,
};

/** Reads a Go string: https://go.dev/ref/spec#String_literals. Returns undefined for an invalid escape or invalid UTF-8. */
function tryUnquote(quoted: string | undefined): string | undefined {
  if (quoted === undefined) return undefined;
  const bytes: number[] = [];
  const parts = quoted
    .slice(1, -1)
    .matchAll(
      /\\(?:([abfnrtv"\\])|x([0-9a-fA-F]{2})|([0-3][0-7]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))|([^\\]+)|(\\)/gu,
    );
  for (const [, letter, hex, octal, short, long, plain, invalid] of parts) {
    const code = Number.parseInt(short ?? long ?? '0', 16);
    if (invalid !== undefined || code > 0x10_ffff || (code >= 0xd8_00 && code < 0xe0_00)) return undefined;
    if (letter !== undefined) bytes.push(escapes[letter] ?? 0);
    else if (hex !== undefined) bytes.push(Number.parseInt(hex, 16));
    else if (octal !== undefined) bytes.push(Number.parseInt(octal, 8));
    else bytes.push(...new TextEncoder().encode(plain ?? String.fromCodePoint(code)));
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(new Uint8Array(bytes));
  } catch {
    return undefined; // reported as an invalid matcher
  }
}
