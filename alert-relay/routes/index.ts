/** The list of routes. */
import { health } from './health.ts';
import { metrics } from './metrics.ts';
import type { Route } from './route.ts';
import { webhook } from './webhook.ts';

export const routes: readonly Route[] = [webhook, metrics, health];
