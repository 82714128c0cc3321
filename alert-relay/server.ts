/**
 * Creates the relay's HTTP application: Alertmanager's webhook, the relay's metrics and the probes. Any other request gets a problem
 * document.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import express, { type Express, type RequestHandler } from 'express';
import type { Registry } from 'prom-client';
import type { z } from 'zod';
import { HttpProblem, notFound, problemHandler } from '../common/http/problem.ts';
import type { Log } from '../common/program/log.ts';
import { ConfigError, renderPath } from '../common/program/settings/config.ts';
import type { Secret } from '../common/program/settings/secret.ts';
import { wholeFault } from '../common/program/settings/validation-messages.ts';
import { type WebhookPayload, webhookPayload } from './stages/accept.ts';
import type { RelayMetrics } from './stages/metrics.ts';

export interface ServerOptions {
  /** Resolves once the alerts are committed. */
  readonly accept: (payload: WebhookPayload) => Promise<void>;
  /** Reads the configuration again and applies it. Throws a `ConfigError`, and changes nothing, when it is not valid. */
  readonly reload: () => Promise<Reloaded>;
  readonly webhookToken: Secret | undefined;
  readonly metrics: RelayMetrics;
  readonly registry: Registry;
  /** False before the start is complete and after a stop was requested. */
  readonly isReady: () => boolean;
  readonly log: Log;
}

/** The answer of `POST /-/reload`. */
export interface Reloaded {
  readonly channels: readonly string[];
  readonly routes: number;
}

/** Far above the size of real groups (about 1 KiB an alert), because Alertmanager drops a notification after a 4xx. */
const maxBodyBytes = 64 * 2 ** 20;

/**
 * Creates the relay's HTTP application. `POST /webhook` answers 200 once the alerts are on disk. Other answers: 400 (malformed),
 * 401 (checked before the body is read), 403 (a browser), 413, 415, or 500 if the alerts cannot be stored; then Alertmanager
 * retries. `/-/healthy` and `/-/ready` answer as in Prometheus. `POST /-/reload` answers 422 with the place of each fault, and
 * needs the same token.
 */
export function createApplication(options: ServerOptions): Express {
  const { accept, reload, webhookToken, metrics, registry, isReady, log } = options;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(secureHeaders);
  app.post(
    '/webhook',
    (_request, response, next) => {
      response.once('finish', () => metrics.webhooks.inc({ code: String(response.statusCode) }));
      next();
    },
    refuseBrowsers,
    checkToken(webhookToken),
    requireJson,
    express.json({ limit: maxBodyBytes }),
    async (request, response) => {
      const parsed = webhookPayload.safeParse(request.body, { error: wholeFault });
      if (!parsed.success) throw malformed(parsed.error);
      const { truncatedAlerts, groupKey } = parsed.data;
      if (truncatedAlerts > 0)
        log.warn('Alertmanager truncated a group; raise max_alerts of the webhook', { truncatedAlerts, groupKey });
      await accept(parsed.data);
      response.status(200).json({ status: 'ok' });
    },
  );
  app.post(
    '/-/reload',
    refuseBrowsers,
    requireToken(webhookToken),
    checkToken(webhookToken),
    async (_request, response) => {
      try {
        response.json(await reload());
      } catch (error) {
        log.error('reload failed; the previous configuration stays in force', { error });
        throw error instanceof ConfigError ? refusedReload(error) : error;
      }
    },
  );
  app.get('/metrics', async (_request, response) => {
    response.set('Content-Type', registry.contentType).send(await registry.metrics());
  });
  app.get('/-/healthy', (_request, response) => {
    response.type('text/plain').send('healthy\n');
  });
  app.get('/-/ready', (_request, response) => {
    response.status(isReady() ? 200 : 503).type('text/plain');
    response.send(isReady() ? 'ready\n' : 'not ready: starting or stopping\n');
  });
  app.use(notFound());
  app.use(problemHandler(log));
  return app;
}

/** No response is meant for a browser. */
const secureHeaders: RequestHandler = (_request, response, next) => {
  response.set({
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
    'Referrer-Policy': 'no-referrer',
    'Cache-Control': 'no-store',
  });
  next();
};

/** Alertmanager sends no Origin header. A web page that posts to a loopback address does. */
const refuseBrowsers: RequestHandler = (request, _response, next) => {
  if (request.headers.origin !== undefined) throw new HttpProblem(403, 'requests from web pages are not accepted');
  next();
};

const requireJson: RequestHandler = (request, _response, next) => {
  if (request.is('application/json') === false) {
    const got = request.headers['content-type'] ?? 'no Content-Type';
    throw new HttpProblem(415, `Content-Type: expected application/json, got ${got}`);
  }
  next();
};

function checkToken(token: Secret | undefined): RequestHandler {
  return (request, _response, next) => {
    if (token === undefined || isBearer(request.headers.authorization, token)) return next();
    throw new HttpProblem(401, 'expected the bearer token of webhook.token', {
      headers: { 'WWW-Authenticate': 'Bearer' },
    });
  };
}

/**
 * Refuses every request when `webhook.token` is not set. The webhook may be open to a trusted network; a change of the
 * configuration is not.
 */
function requireToken(token: Secret | undefined): RequestHandler {
  return (_request, _response, next) => {
    if (token !== undefined) return next();
    throw new HttpProblem(403, 'a reload over HTTP needs webhook.token; send SIGHUP to the relay');
  };
}

/** Returns the answer to a reload with an invalid configuration. The problems name no secrets. */
function refusedReload({ problems }: ConfigError): HttpProblem {
  const errors = problems.map(({ place, expected, got }) => ({
    path: place,
    message: `expected ${expected}, got ${got}`,
  }));
  return new HttpProblem(422, 'the configuration is not valid; the previous one stays in force', { errors });
}

/** Compares digests, so that the time depends neither on the content nor on the length. */
function isBearer(header: string | undefined, token: Secret): boolean {
  const given = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1] ?? '';
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(token.reveal()));
}

function malformed(error: z.ZodError): HttpProblem {
  const errors = error.issues.map(({ path, message }) => ({
    path: renderPath(path.map((step) => (typeof step === 'symbol' ? String(step) : step))),
    message,
  }));
  return new HttpProblem(400, "the body is not Alertmanager's webhook payload, version 4", { errors });
}
