/** The first page: health, the hosts' current values, and what the API offers. Drawn here, without scripts. */
import type { Request, RequestHandler } from 'express';
import { hasScope, type Principal } from '../../common/http/auth.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import { PrometheusError } from '../../common/prometheus/error.ts';
import { guardedCredentials } from '../credential-guard.ts';
import { chooseCurrent } from '../current-choice.ts';
import type { HostValues } from '../current-values.ts';
import { type Host, readHosts } from '../host-list.ts';
import { hostMatchers } from '../hosts-of.ts';
import { setRoute } from '../http-metrics.ts';
import { hostName } from '../parameter-kinds.ts';
import type { Route } from '../route.ts';
import type { Services } from '../services.ts';
import { apiSection } from './api-section.ts';
import { hostSection } from './host-section.ts';
import { type Html, html } from './html.ts';
import { sendPage } from './layout.ts';
import { sendLoginPage } from './login.ts';
import { pageHead } from './page-head.ts';
import { tryReadSession } from './session-cookie.ts';

/** More than a screen holds; the API has the rest. */
const maxHosts = 20;

const refreshSeconds = 10;

export function homePage(services: Services, routes: readonly Route[]): RequestHandler {
  return async (request, response) => {
    setRoute(response, 'home');
    const session = tryReadSession(request);
    const principal = session === undefined ? undefined : await findSession(services, request, session);
    if (principal === undefined || !hasScope(principal, 'read')) return sendLoginPage(response, undefined);
    const host = askedHost(request);
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const [health, hosts] = await Promise.all([
      services.health.read(),
      hostSections({ services, principal, host, signal: gone.signal }),
    ]);
    sendPage(response, {
      status: 200,
      title: host === undefined ? 'hostpulse' : `${host} - hostpulse`,
      body: html`${pageHead(health)}
<main>
${hosts}
${host === undefined ? apiSection(routes, `${request.protocol}://${request.headers.host ?? 'localhost'}`) : ''}
</main>`,
      next: { path: host === undefined ? '/' : `/?host=${encodeURIComponent(host)}`, seconds: refreshSeconds },
    });
  };
}

function findSession({ credentials, credentialGuard }: Services, { socket }: Request, token: string) {
  return guardedCredentials(credentials, credentialGuard, socket.remoteAddress).findSession(token);
}

/** Throws 400 for what can be no host's name. */
function askedHost({ originalUrl }: Request): string | undefined {
  const host = new URLSearchParams(originalUrl.split('?')[1] ?? '').get('host');
  if (host === null || hostName.safeParse(host).success) return host ?? undefined;
  throw new HttpProblem(400, 'the parameters are not valid', {
    errors: [{ path: 'host', message: "expected a host's name" }],
  });
}

interface SectionsQuestion {
  readonly services: Services;
  readonly principal: Principal;
  readonly host: string | undefined;
  readonly signal: AbortSignal;
}

/** Without Prometheus the page still stands, and says what is missing. */
async function hostSections({ services, principal, host, signal }: SectionsQuestion): Promise<Html> {
  const { prometheus, now } = services;
  const hosts = host === undefined ? undefined : [host];
  const matchers = hostMatchers(hosts, principal);
  try {
    const [current, known] = await Promise.all([
      chooseCurrent({ hosts, metrics: undefined, principal, signal }, services),
      readHosts({ prometheus, matchers, timeMs: now(), signal }),
    ]);
    return render(current.hosts, known, host);
  } catch (thrown) {
    if (!(thrown instanceof PrometheusError)) throw thrown;
    return html`<section><h2>No values now</h2><p class="bad">${thrown.message}</p></section>`;
  }
}

function render(readings: readonly HostValues[], known: readonly Host[], host: string | undefined): Html {
  if (readings.length === 0) {
    const hint = 'Prometheus has no values yet: the first ones come some 20 seconds after an exporter started.';
    return html`<section><h2>${host ?? 'No host yet'}</h2><p class="quiet">${hint}</p></section>`;
  }
  const shown = readings.slice(0, maxHosts).map((reading) =>
    hostSection({
      reading,
      known: known.find((each) => each.host === reading.host),
      detail: host === undefined ? 'link' : 'table',
    }),
  );
  const more = readings.length - shown.length;
  return html`${shown}${more > 0 ? html`<p class="quiet">${more} more hosts: see <code>/api/v1/hosts</code>.</p>` : ''}`;
}
