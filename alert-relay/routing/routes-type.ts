/** The type of the setting `routes`: a list in the config file, or YAML text in the environment. */
import { z } from 'zod';
import type { Kind } from '../../common/program/settings/setting-type.ts';
import { parseWithSchema } from '../settings/schema-type.ts';
import { tryParseMatcher } from './matcher.ts';
import type { Route } from './routes.ts';

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

export const routesType: Kind<readonly Route[]> = {
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
