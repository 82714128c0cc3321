/** What every route is made of, and what it may use. */
import type { Router } from 'express';
import type { Registry } from 'prom-client';
import type { Log } from '../../common/program/log.ts';
import type { Secret } from '../../common/program/settings/secret.ts';
import type { RelayMetrics } from '../stages/metrics.ts';
import type { WebhookPayload } from '../stages/webhook-payload.ts';

export interface RouteContext {
  /** Durable when it resolves. */
  readonly accept: (payload: WebhookPayload) => Promise<void>;
  readonly webhookToken: Secret | undefined;
  readonly metrics: RelayMetrics;
  readonly registry: Registry;
  /** False until everything started and from the moment a stop is asked for. */
  readonly isReady: () => boolean;
  readonly log: Log;
}

export type Route = (context: RouteContext) => Router;
