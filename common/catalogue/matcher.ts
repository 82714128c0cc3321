/** Label matchers as values. Untrusted text becomes PromQL only here, escaped, so that no name or value can inject PromQL. */

export interface Matcher {
  readonly label: string;
  readonly operator: '=' | '!=' | '=~' | '!~';
  /** The value or regular expression, not quoted. */
  readonly value: string;
}

/** Returns the matcher `label="value"` for any value. */
export function matcher(label: string, value: string): Matcher {
  return { label, operator: '=', value };
}

/** Returns a matcher for any of the values, each taken literally. */
export function anyOf(label: string, values: readonly [string, ...string[]]): Matcher {
  if (values.length === 1) return matcher(label, values[0]);
  return { label, operator: '=~', value: values.map(escapeRegExp).join('|') };
}

/** Returns `family{label="value"}`. Throws on an invalid label name, because PromQL cannot quote names. */
export function renderSelector(family: string, matchers: readonly Matcher[]): string {
  return matchers.length === 0 ? family : `${family}{${matchers.map(renderMatcher).join(',')}}`;
}

/** Returns `label="value"`. Throws on an invalid label name. */
export function renderMatcher({ label, operator, value }: Matcher): string {
  if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label)) {
    throw new Error(`label name: expected letters, digits and underscores, got ${JSON.stringify(label)}`);
  }
  return `${label}${operator}${quote(value)}`;
}

/**
 * Returns a PromQL string. PromQL uses the escapes of Go, which include those of JSON. A lone surrogate has no UTF-8 form and
 * Prometheus rejects its escape, so it becomes U+FFFD, which occurs in no label.
 */
function quote(value: string): string {
  return JSON.stringify(value.toWellFormed());
}

/** Escapes the syntax characters of RE2: https://github.com/google/re2/wiki/Syntax */
function escapeRegExp(value: string): string {
  return value.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');
}
