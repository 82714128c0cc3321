/** Login to the page with a one-time link or an API key, and logout. */
import express, { type CookieOptions, type Request, type RequestHandler, type Response, Router } from 'express';
import { safeNext } from '../../common/page/paths.ts';
import { tryKeyHolder } from '../../common/store/credentials/api-keys.ts';
import {
  closeSession,
  type NewSession,
  openKeySession,
  tryOpenSession,
} from '../../common/store/credentials/sessions.ts';
import type { Database } from '../../common/store/schema.ts';
import { addressOf, basePathOf } from '../api/request-pipeline.ts';
import { hasScope, parseCredential, sessionCookieName } from '../auth/credentials.ts';
import type { CredentialGuard } from '../auth/rate-limits.ts';
import { setRoute } from '../http/http-metrics.ts';
import { html } from './html/html.ts';
import { sendPage } from './html/layout.ts';

export interface LoginOptions {
  readonly db: Database;
  readonly guard: CredentialGuard;
  readonly now: () => number;
  /** An https URL marks cookies as secure when a proxy terminates TLS. */
  readonly publicUrl: string | undefined;
}

export function loginRoutes({ db, guard, now, publicUrl }: LoginOptions): Router {
  const router = Router();
  const scopeOf = (request: Request) => ({
    isSecure: request.secure || publicUrl?.startsWith('https:') === true,
    path: basePathOf(publicUrl) || '/',
  });

  const byLink: RequestHandler = async (request, response) => {
    setRoute(response, 'login');
    if (isPreview(request)) return void response.status(204).end();
    const query = new URLSearchParams(request.originalUrl.split('?')[1] ?? '');
    const token = query.get('token');
    const next = safeNext(query.get('next'));
    const session = token === null ? undefined : await openByLink(request, token);
    if (session !== undefined) {
      setSessionCookie(response, session, scopeOf(request));
      return sendEntered(response, next);
    }
    if (token !== null && tryReadSession(request) !== undefined)
      return response.redirect(303, addressOf(response, next));
    const complaint =
      token === null ? undefined : ({ place: 'page', text: 'This link was used already, or has expired.' } as const);
    sendLoginPage(response, { complaint, next });
  };

  const byForm: RequestHandler = async (request, response) => {
    setRoute(response, 'login');
    const form = new URLSearchParams(typeof request.body === 'string' ? request.body : '');
    const next = safeNext(form.get('next'));
    const session = await openSession(request, form);
    if (typeof session === 'string') {
      const place = form.has('token') ? 'page' : 'key';
      return sendLoginPage(response, { complaint: { place, text: session }, next });
    }
    setSessionCookie(response, session, scopeOf(request));
    response.redirect(303, addressOf(response, next));
  };

  function openByLink({ socket }: Request, token: string): Promise<NewSession | undefined> {
    return guard.check({ address: socket.remoteAddress, token }, () => tryOpenSession(db, token, now()));
  }

  /** Returns the session, or the reason for the refusal. */
  async function openSession(request: Request, form: URLSearchParams): Promise<NewSession | string> {
    const unknown = 'The key or link is unknown, expired or revoked.';
    const token = form.get('token');
    if (token !== null) return (await openByLink(request, token)) ?? unknown;
    const key = form.get('key')?.trim() ?? '';
    const attempt = { address: request.socket.remoteAddress, token: key };
    const holder = await guard.check(attempt, () => tryKeyHolder(db, key, now()));
    if (holder === undefined) return unknown;
    if (!hasScope(holder, 'read')) return 'This key cannot read. Use a key with the scope read or admin.';
    return openKeySession(db, holder, now());
  }

  const out: RequestHandler = async (request, response) => {
    setRoute(response, 'logout');
    const token = tryReadSession(request);
    if (token !== undefined) await closeSession(db, token);
    clearSessionCookie(response, scopeOf(request));
    response.redirect(303, addressOf(response, '/login'));
  };

  router.get('/login', byLink);
  router.post('/login', express.text({ type: 'application/x-www-form-urlencoded', limit: 4_096 }), byForm);
  router.post('/logout', out);
  return router;
}

/** Mail and chat programs preview links, and browsers prefetch them. Such requests must not use up the link. */
function isPreview({ method, headers }: Request): boolean {
  const purpose = `${String(headers['sec-purpose'] ?? '')} ${String(headers['purpose'] ?? '')}`;
  return method === 'HEAD' || /prefetch|preview/i.test(purpose);
}

/** Navigates from a page of the gateway: after a redirect, the browser would withhold the cookie from a cross-site navigation. */
function sendEntered(response: Response, next: string): void {
  sendPage(response, {
    status: 200,
    title: 'hostpulse',
    body: html`<main><section><p>Logged in. <a href="${next}">Continue</a></p></section></main>`,
    next: { path: next, seconds: 0 },
  });
}

interface LoginPage {
  /** `key`: shown at the field of the key. */
  readonly complaint: { readonly place: 'page' | 'key'; readonly text: string } | undefined;
  /** Path to open after the login. */
  readonly next: string;
}

/** Sends 401 with a form for an API key. */
function sendLoginPage(response: Response, { complaint, next }: LoginPage): void {
  const alert = (place: 'page' | 'key') =>
    complaint?.place === place ? html`<p class="bad" id="${place}-problem" role="alert">${complaint.text}</p>` : '';
  const faulty = complaint?.place === 'key' ? html` aria-invalid="true" aria-describedby="key-problem"` : '';
  sendPage(response, {
    status: 401,
    title: 'Log in - hostpulse',
    body: html`<main class="narrow">
<h1>hostpulse</h1>
<section>
<h2>Log in</h2>
${alert('page')}
<form method="post" action="/login">
<input type="hidden" name="next" value="${next}">
<label for="key">API key</label>
<input id="key" type="password" name="key" placeholder="hp_..." autocomplete="current-password" required autofocus${faulty}>
${alert('key')}
<button class="primary">Log in</button>
</form>
<p class="quiet">Without a key, run <code>hostpulse key login-link</code> on the gateway's machine. It prints a one-time link.</p>
</section></main>`,
  });
}

interface CookieScope {
  /** Whether people use TLS, of the gateway or of a proxy. */
  readonly isSecure: boolean;
  /** The path below which a proxy serves the gateway, or `/`. */
  readonly path: string;
}

/** Sets a cookie that scripts cannot read and that browsers do not send for requests of other sites. */
function setSessionCookie(response: Response, { token, lifetimeMs }: NewSession, scope: CookieScope): void {
  response.cookie(sessionCookieName, token, { ...cookieOptions(scope), maxAge: lifetimeMs });
}

function clearSessionCookie(response: Response, scope: CookieScope): void {
  response.clearCookie(sessionCookieName, cookieOptions(scope));
}

function tryReadSession({ headers: { cookie } }: Request): string | undefined {
  const credential = cookie === undefined ? undefined : parseCredential({ cookie });
  return credential?.kind === 'session' ? credential.token : undefined;
}

function cookieOptions({ isSecure, path }: CookieScope): CookieOptions {
  return { httpOnly: true, sameSite: 'strict', secure: isSecure, path };
}
