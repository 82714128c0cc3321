/** Chooses an alert's channels: those that its rule names, else those of the first matching route, else all channels. */
import type { LabelMatcher } from './matcher.ts';

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

export interface Routed {
  /** In the order of the configuration. */
  readonly channels: readonly string[];
  /** Explanations for people. */
  readonly reasons: readonly string[];
  /** Names in the rule's annotation that are not configured. */
  readonly unknown: readonly string[];
}

export interface RoutedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface RoutingOptions {
  /** All configured channels. */
  readonly channels: readonly string[];
  readonly routes: readonly Route[];
}

/** Name in the annotation that means the channels of the routes. */
const routesDecide = 'default';

/** Names in the annotation are separated by commas or spaces. If none of them is configured, the routes decide. */
export function routeAlert({ labels, annotations }: RoutedAlert, { channels, routes }: RoutingOptions): Routed {
  const named = (annotations['channels'] ?? routesDecide).split(/[\s,]+/).filter((name) => name !== '');
  const unknown = named.filter((name) => name !== routesDecide && !channels.includes(name));
  const chosen = channels.filter((channel) => named.includes(channel));
  if (chosen.length > 0 && !named.includes(routesDecide))
    return { channels: chosen, reasons: [`the rule's annotation channels: ${named.join(', ')}`], unknown };
  const byRoutes = followRoutes(labels, { channels, routes });
  const all = channels.filter((channel) => chosen.includes(channel) || byRoutes.channels.includes(channel));
  const explained = chosen.length > 0 ? [`the rule's annotation channels: ${named.join(', ')}`] : [];
  return { channels: all, reasons: [...explained, ...byRoutes.reasons], unknown };
}

function followRoutes(
  labels: Readonly<Record<string, string>>,
  { channels, routes }: RoutingOptions,
): Pick<Routed, 'channels' | 'reasons'> {
  const found: string[] = [];
  const reasons: string[] = [];
  for (const [at, route] of routes.entries()) {
    if (!isMatch(route, labels)) continue;
    found.push(...route.channels);
    reasons.push(`routes[${at}]: ${describeRoute(route)}`);
    if (!route.continue) return { channels: found, reasons };
  }
  if (reasons.length > 0) return { channels: found, reasons };
  const why = routes.length === 0 ? 'no routes are configured' : 'no route matches';
  return { channels, reasons: [`${why}: every channel`] };
}

function isMatch({ severity, matchers }: Route, labels: Readonly<Record<string, string>>): boolean {
  if (severity !== undefined && !severity.includes(labels['severity'] ?? '')) return false;
  return matchers.every((matcher) => matcher.matches(labels));
}

function describeRoute({ severity, matchers }: Route): string {
  const conditions = [
    ...(severity === undefined ? [] : [`severity ${severity.join(' or ')}`]),
    ...matchers.map(({ text }) => text),
  ];
  return conditions.length === 0 ? 'everything' : conditions.join(', ');
}
