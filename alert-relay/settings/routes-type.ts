/** The type of the setting `routes`: a list in the config file, or YAML text in the environment. */

import { RE2JS } from 're2js';
import { z } from 'zod';
import type { SettingType } from '../../common/program/settings/setting-type.ts';
import { parseWithSchema } from './schema-type.ts';

export interface Route {
  /** One of these severities. Undefined: any severity, or none. */
  readonly severity: readonly string[] | undefined;
  /** All of them must match. */
  readonly matchers: readonly LabelMatcher[];
  /** Empty: the alert is only kept in the history. */
  readonly channels: readonly string[];
  /** Whether the following routes are evaluated too. */
  readonly continue: boolean;
}

const matcher = z.string().transform((text, context) => {
  const parsed = tryParseMatcher(text);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: 'custom', message: 'a matcher such as severity = critical or instance =~ "db-.*"' });
  return z.NEVER;
});

const severity = z.string().min(1, 'a severity');

const routeList = z.array(
  z
    .strictObject({
      severity: z.union([severity, z.array(severity).min(1)], 'a severity, or a list of them').optional(),
      matchers: z.array(matcher, 'a list of matchers').default([]),
      channels: z.array(z.string(), 'a list of channels'),
      continue: z.boolean('true or false').default(false),
    })
    .transform((route) => ({
      ...route,
      severity: typeof route.severity === 'string' ? [route.severity] : route.severity,
    })),
  'a list of routes',
);

export const routesType: SettingType<readonly Route[]> = {
  placeholder: 'yaml',
  parse: (raw) => parseWithSchema(routeList, raw),
  print: (routes) =>
    routes.map(({ severity: severities, matchers, channels, continue: goesOn }) => ({
      ...(severities === undefined ? {} : { severity: severities }),
      ...(matchers.length === 0 ? {} : { matchers: matchers.map(({ text }) => text) }),
      channels,
      ...(goesOn ? { continue: true } : {}),
    })),
};

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
