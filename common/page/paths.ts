/**
 * The built-in page's addresses: the page routes them, the gateway serves the page at them, messages link to them.
 * Dashboards' follow Grafana's scheme, silences' and alerts' Alertmanager's. Runs in browsers, too.
 */

/** The first segments of addresses at which the page is; '' is the page's root. */
export const pageSections = ['', 'd', 'hosts', 'alerts', 'silences', 'rules', 'graph'] as const;

export const alertsPath = '/alerts';
export const silencesPath = '/silences';
export const rulesPath = '/rules';

export function dashboardPath(uid: string): string {
  return `/d/${encodeURIComponent(uid)}`;
}

/** One host's dashboard, whatever its uid is. */
export function hostPath(host: string): string {
  return `/hosts/${encodeURIComponent(host)}`;
}

/** One episode of an alert, by its id in the history. */
export function alertPath(id: number): string {
  return `${alertsPath}/${id}`;
}

/** The silence form, filled in; `filter` is Alertmanager's: `{alertname="X",instance="web-1"}`. */
export function newSilencePath(filter: string): string {
  return `${silencesPath}/new?${renderQuery({ filter })}`;
}

/** An expression's graph; times in RFC 3339, no end: until now. */
export function graphPath(graph: { readonly expr: string; readonly start: string; readonly end?: string }): string {
  return `/graph?${renderQuery(graph)}`;
}

/** With `%20` for blanks: what reads links in messages does not always take `+` for one. */
function renderQuery(parameters: Readonly<Record<string, string>>): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
}

/** The log-in, which goes on to `next` afterwards. */
export function loginPath(next: string): string {
  return next === '/' ? '/login' : `/login?${renderQuery({ next })}`;
}

/** The name of a session that a link opened; one that a key opened has the key's. */
export const linkSessionName = 'login link';

/** A path of ours that a log-in may go on to, else the root: never another site (`//evil.example`, `/\evil.example`). */
export function safeNext(next: string | null): string {
  return next !== null && /^\/(?![/\\])[\x21-\x7e]*$/.test(next) ? next : '/';
}
