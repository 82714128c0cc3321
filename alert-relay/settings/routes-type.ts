/** Defines the type of the setting `routes`: a list in the config file, or YAML text in the environment. */
import { z } from 'zod';
import { parseMatchers } from '../../common/alertmanager/matchers.ts';
import { isPattern, tryCompilePattern } from '../../common/alertmanager/pattern.ts';
import { messageOf } from '../../common/program/log.ts';
import type { SettingType } from '../../common/program/settings/setting-type.ts';
import { parseWithSchema } from './schema-type.ts';

export interface Route {
  /** One of these severities. Undefined: any severity, or none. */
  readonly severity: readonly string[] | undefined;
  /** All of them must match. */
  readonly matchers: readonly RouteMatcher[];
  /** Empty: the alert is only kept in the history. */
  readonly channels: readonly string[];
  /** Whether the following routes are evaluated too. */
  readonly continue: boolean;
}

export interface RouteMatcher {
  /** The text as configured. */
  readonly text: string;
  /** A missing label counts as an empty one. */
  matches(labels: Readonly<Record<string, string>>): boolean;
}

/** Parses an entry of `matchers` in alertmanager.yml: one matcher, or several separated by commas. Throws an Error. */
export function parseRouteMatcher(text: string): RouteMatcher {
  const tests = parseMatchers(text, isPattern).map(({ name, value, isRegex, isEqual }) => {
    const holds = (isRegex && tryCompilePattern(value)) || ((actual: string) => actual === value);
    return (labels: Readonly<Record<string, string>>) => holds(labels[name] ?? '') === isEqual;
  });
  return { text: text.trim(), matches: (labels) => tests.every((holds) => holds(labels)) };
}

const matcher = z.string().transform((text, context) => {
  try {
    return parseRouteMatcher(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: messageOf(error).replace(/^expected (.*)[;,] got .*$/s, '$1') });
    return z.NEVER;
  }
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
