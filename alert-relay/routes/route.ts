/** The contract of a route. */
import type { Router } from 'express';
import type { Registry } from 'prom-client';
import type { Log } from '../../common/program/log.ts';
import type { Secret } from '../../common/program/settings/secret.ts';
import type { RelayMetrics } from '../stages/metrics.ts';
import type { WebhookPayload } from '../stages/webhook-payload.ts';

export interface RouteContext {
  /** Resolves once the alerts are committed. */
  readonly accept: (payload: WebhookPayload) => Promise<void>;
  readonly webhookToken: Secret | undefined;
  readonly metrics: RelayMetrics;
  readonly registry: Registry;
  /** False before the start is complete and after a stop was requested. */
  readonly isReady: () => boolean;
  readonly log: Log;
}

export type Route = (context: RouteContext) => Router;
