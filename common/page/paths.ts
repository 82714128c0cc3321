/**
 * Addresses of the built-in page, shared by the page, the gateway that serves the page and the relay's messages. Dashboards
 * follow Grafana's scheme, silences and alerts follow Alertmanager's. Runs in browsers, too.
 */

/** First path segments that belong to the page. '' is the root. */
export const pageSections = ['', 'd', 'hosts', 'alerts', 'silences', 'rules', 'graph', 'sessions'] as const;

export const alertsPath = '/alerts';
export const silencesPath = '/silences';
export const rulesPath = '/rules';
export const sessionsPath = '/sessions';

export function dashboardPath(uid: string): string {
  return `/d/${encodeURIComponent(uid)}`;
}

/** Address of a host's dashboard, which does not depend on the dashboard's uid. */
export function hostPath(host: string): string {
  return `/hosts/${encodeURIComponent(host)}`;
}

/** Address of the list of hosts in one state. */
export function hostsListPath(state: 'up' | 'down'): string {
  return `/hosts?${renderQuery({ state })}`;
}

interface AlertFilters {
  readonly severity?: readonly string[];
  readonly rule?: readonly string[];
  readonly host?: readonly string[];
}

/** Address of the list of firing alerts that match all filters. */
export function alertsListPath(filters: AlertFilters): string {
  const texts = Object.entries(filters).flatMap(([name, values]: [string, readonly string[]]) =>
    values.map((value) => renderQuery({ [name]: value })),
  );
  return `${alertsPath}?${[renderQuery({ state: 'firing' }), ...texts].join('&')}`;
}

/** Address of one episode of an alert, by its id in the history. */
export function alertPath(id: number): string {
  return `${alertsPath}/${id}`;
}

interface AckLink {
  readonly scope: 'alert' | 'group';
  readonly episodeId: number;
  readonly untilSeconds: number;
  readonly signature: string;
}

/** Address of the form that acknowledges an alert, or the group of an alert, without a login. */
export function ackPath({ scope, episodeId, untilSeconds, signature }: AckLink): string {
  return `/ack?${renderQuery({ [scope]: String(episodeId), until: String(untilSeconds), key: signature })}`;
}

/** Address of the silence form, filled in from a filter in Alertmanager's syntax: `{alertname="X",instance="web-1"}`. */
export function newSilencePath(filter: string): string {
  return `${silencesPath}/new?${renderQuery({ filter })}`;
}

/** Address of an expression's graph. Times in RFC 3339; without `end`, the graph runs until now. */
export function graphPath(graph: { readonly expr: string; readonly start: string; readonly end?: string }): string {
  return `/graph?${renderQuery(graph)}`;
}

/** Encodes blanks as `%20`, because some programs that read links in messages do not decode `+`. */
function renderQuery(parameters: Readonly<Record<string, string>>): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
}

/** Address of the login form, which continues to `next`. */
export function loginPath(next: string): string {
  return next === '/' ? '/login' : `/login?${renderQuery({ next })}`;
}

/** Name of a session opened by a login link. Other sessions have the name of their API key. */
export const linkSessionName = 'login link';

/**
 * Returns `next` if it is a path of this site, otherwise the root. Protects against open redirects such as
 * `//evil.example`.
 */
export function safeNext(next: string | null): string {
  return next !== null && /^\/(?![/\\])[\x21-\x7e]*$/.test(next) ? next : '/';
}
