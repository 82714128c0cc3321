/** `POST /webhook`: receives Alertmanager's webhooks and answers 200 once the alerts are on disk. */
import { createHash, timingSafeEqual } from 'node:crypto';
import express, { type RequestHandler, Router } from 'express';
import type { z } from 'zod';
import { HttpProblem } from '../../common/http/problem.ts';
import { renderPath } from '../../common/program/settings/config.ts';
import type { Secret } from '../../common/program/settings/secret.ts';
import { wholeFault } from '../../common/program/settings/validation-messages.ts';
import { webhookPayload } from '../stages/webhook-payload.ts';
import type { RouteContext } from './route.ts';

/** Far above the size of real groups (about 1 KiB an alert), because Alertmanager drops a notification after a 4xx. */
const maxBodyBytes = 64 * 2 ** 20;

/**
 * Answers 200, 400 (malformed), 401 (checked before the body is read), 403 (a browser), 413, 415, or 500 if the alerts cannot
 * be stored; then Alertmanager retries.
 */
export function webhook({ accept, webhookToken, metrics, log }: RouteContext): Router {
  const router = Router();
  router.post(
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
  return router;
}

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
