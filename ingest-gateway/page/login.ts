/** Logging in to the page: by a one-time link, or with a key; and out again. */
import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import { tryKeyHolder } from '../../common/store/api-keys.ts';
import type { Database } from '../../common/store/schema.ts';
import { closeSession, type NewSession, openKeySession, tryOpenSession } from '../../common/store/sessions.ts';
import type { CredentialGuard } from '../credential-guard.ts';
import { setRoute } from '../http-metrics.ts';
import { html } from './html.ts';
import { sendPage } from './layout.ts';
import { clearSessionCookie, setSessionCookie, tryReadSession } from './session-cookie.ts';

export interface LoginOptions {
  readonly db: Database;
  readonly guard: CredentialGuard;
  readonly now: () => number;
  /** Starts with https: where TLS ends at a proxy before us. */
  readonly publicUrl: string | undefined;
}

export function loginRoutes({ db, guard, now, publicUrl }: LoginOptions): Router {
  const router = Router();
  const scopeOf = (request: Request) => ({ isSecure: request.secure || publicUrl?.startsWith('https:') === true });

  const byLink: RequestHandler = async (request, response) => {
    setRoute(response, 'login');
    if (isPreview(request)) return void response.status(204).end();
    const token = new URLSearchParams(request.originalUrl.split('?')[1] ?? '').get('token');
    const session = token === null ? undefined : await openByLink(request, token);
    if (session !== undefined) {
      setSessionCookie(response, session, scopeOf(request));
      return sendEntered(response);
    }
    if (token !== null && tryReadSession(request) !== undefined) return response.redirect(303, '/');
    sendLoginPage(response, token === null ? undefined : 'This link was used before, or has expired.');
  };

  const byForm: RequestHandler = async (request, response) => {
    setRoute(response, 'login');
    const form = new URLSearchParams(typeof request.body === 'string' ? request.body : '');
    const session = await trySession(request, form);
    if (session === undefined) return sendLoginPage(response, 'That key or link is unknown, expired or revoked.');
    setSessionCookie(response, session, scopeOf(request));
    response.redirect(303, '/');
  };

  function openByLink({ socket }: Request, token: string): Promise<NewSession | undefined> {
    return guard.check({ address: socket.remoteAddress, token }, () => tryOpenSession(db, token, now()));
  }

  async function trySession(request: Request, form: URLSearchParams): Promise<NewSession | undefined> {
    const token = form.get('token');
    if (token !== null) return openByLink(request, token);
    const key = form.get('key')?.trim() ?? '';
    const attempt = { address: request.socket.remoteAddress, token: key };
    const holder = await guard.check(attempt, () => tryKeyHolder(db, key, now()));
    return holder === undefined ? undefined : openKeySession(db, holder, now());
  }

  const out: RequestHandler = async (request, response) => {
    setRoute(response, 'logout');
    const token = tryReadSession(request);
    if (token !== undefined) await closeSession(db, token);
    clearSessionCookie(response, scopeOf(request));
    response.redirect(303, '/');
  };

  router.get('/login', byLink);
  router.post('/login', express.text({ type: 'application/x-www-form-urlencoded', limit: 4_096 }), byForm);
  router.post('/logout', out);
  return router;
}

/** Mail and chat programs look at links, and browsers load ahead: none of them may use the link up. */
function isPreview({ method, headers }: Request): boolean {
  const purpose = `${String(headers['sec-purpose'] ?? '')} ${String(headers['purpose'] ?? '')}`;
  return method === 'HEAD' || /prefetch|preview/i.test(purpose);
}

/** A redirect would still count as coming from the site that held the link, and the browser would hold the cookie back. */
function sendEntered(response: Response): void {
  sendPage(response, {
    status: 200,
    title: 'hostpulse',
    body: html`<main><section><p>Logged in. <a href="/">Go on</a></p></section></main>`,
    next: { path: '/', seconds: 0 },
  });
}

/** 401 with a form for a key, and how to come by a link. */
export function sendLoginPage(response: Response, complaint: string | undefined): void {
  sendPage(response, {
    status: 401,
    title: 'Log in - hostpulse',
    body: html`<header><strong>hostpulse</strong></header>
<main><section>
<h2>Log in</h2>
${complaint === undefined ? '' : html`<p class="bad">${complaint}</p>`}
<form method="post" action="/login">
<input type="password" name="key" placeholder="API key: hp_..." aria-label="API key" autocomplete="current-password" required autofocus>
<button>Log in</button>
</form>
<p class="quiet">Or run <code>hostpulse key login-link</code> on the gateway's machine: it prints a link that logs you in once.</p>
</section></main>`,
  });
}
