/** Matchers of labels, written as in alertmanager.yml: https://prometheus.io/docs/alerting/latest/configuration/#matcher */

export interface LabelMatcher {
  /** As it was written. */
  readonly text: string;
  /** A label that an alert lacks is the empty text. */
  matches(labels: Readonly<Record<string, string>>): boolean;
}

/** `severity = critical`, `instance =~ "db-.*"`, `env != test`, `env !~ "dev|test"`; undefined for anything else. */
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
  return operator === '=~' ? (actual) => pattern.test(actual) : (actual) => !pattern.test(actual);
}

/** The whole value must match, as in Prometheus. */
function tryPattern(source: string): RegExp | undefined {
  try {
    return new RegExp(`^(?:${source})$`, 's');
  } catch {
    return undefined; // said as a fault of the matcher
  }
}

function tryUnquote(quoted: string): string | undefined {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    // Go's strings know escapes that JSON does not; a regular expression's \d is the one that people write.
    return quoted.slice(1, -1).replaceAll('\\"', '"');
  }
}
