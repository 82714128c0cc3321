/** Label matchers in the syntax of alertmanager.yml: https://prometheus.io/docs/alerting/latest/configuration/#matcher */
import { RE2JS } from 're2js';

export interface LabelMatcher {
  /** The matcher's source text. */
  readonly text: string;
  /** A missing label counts as an empty one. */
  matches(labels: Readonly<Record<string, string>>): boolean;
}

/** Parses `severity = critical`, `instance =~ "db-.*"`, `env != test` and `env !~ "dev|test"`. Returns undefined for other text. */
export function tryParseMatcher(text: string): LabelMatcher | undefined {
  const [, name, operator, quoted, bare] =
    /^\s*([A-Za-z_][A-Za-z0-9_]*)\s*(=~|!~|!=|=)\s*(?:("(?:[^"\\]|\\.)*")|([^\s"{},]*))\s*$/.exec(text) ?? [];
  if (name === undefined || operator === undefined) return undefined;
  const value = quoted === undefined ? (bare ?? '') : tryUnquote(quoted);
  if (value === undefined) return undefined;
  const holds = tryTest(operator, value);
  return holds === undefined ? undefined : { text: text.trim(), matches: (labels) => holds(labels[name] ?? '') };
}

function tryTest(operator: string, value: string): ((actual: string) => boolean) | undefined {
  if (operator === '=') return (actual) => actual === value;
  if (operator === '!=') return (actual) => actual !== value;
  const pattern = tryPattern(value);
  if (pattern === undefined) return undefined;
  return operator === '=~' ? (actual) => pattern.matches(actual) : (actual) => !pattern.matches(actual);
}

/**
 * Compiles a pattern in the syntax of Alertmanager (RE2) that must match the whole value. Matching takes time linear in the
 * length of the value, for any pattern and any value.
 */
function tryPattern(source: string): RE2JS | undefined {
  try {
    return RE2JS.compile(source, RE2JS.DOTALL);
  } catch {
    return undefined; // reported as a fault of the matcher
  }
}

function tryUnquote(quoted: string): string | undefined {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    // Go strings have escapes that JSON lacks; in practice this is \d in a regular expression.
    return quoted.slice(1, -1).replaceAll('\\"', '"');
  }
}
