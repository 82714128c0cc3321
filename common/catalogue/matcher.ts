/** Label matchers as values: what came from outside becomes PromQL in one place, escaped, so no name or value can inject any. */

export interface Matcher {
  readonly label: string;
  readonly operator: '=' | '!=' | '=~' | '!~';
  /** The value or regular expression itself, not yet quoted. */
  readonly value: string;
}

/** `label="value"`, whatever characters the value has. */
export function matcher(label: string, value: string): Matcher {
  return { label, operator: '=', value };
}

/** The label has one of the values, each taken literally. */
export function anyOf(label: string, values: readonly [string, ...string[]]): Matcher {
  if (values.length === 1) return matcher(label, values[0]);
  return { label, operator: '=~', value: values.map(escapeRegExp).join('|') };
}

/** `family{label="value"}`; throws where a label's name is not one, since names cannot be quoted. */
export function renderSelector(family: string, matchers: readonly Matcher[]): string {
  return matchers.length === 0 ? family : `${family}{${matchers.map(renderMatcher).join(',')}}`;
}

function renderMatcher({ label, operator, value }: Matcher): string {
  if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label)) {
    throw new Error(`label name: expected letters, digits and underscores, got ${JSON.stringify(label)}`);
  }
  return `${label}${operator}${quote(value)}`;
}

/**
 * PromQL strings have Go's escapes, of which JSON's are a part. A lone surrogate has no UTF-8 form and Prometheus refuses
 * its escape; it becomes U+FFFD, which no label holds.
 */
function quote(value: string): string {
  return JSON.stringify(value.toWellFormed());
}

/** Every character that RE2 reads as syntax: https://github.com/google/re2/wiki/Syntax */
function escapeRegExp(value: string): string {
  return value.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');
}
