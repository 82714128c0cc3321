/** `GET /metrics`: the relay's own metrics. */
import { Router } from 'express';
import type { RouteContext } from './route.ts';

export function metrics({ registry }: RouteContext): Router {
  const router = Router();
  router.get('/metrics', async (_request, response) => {
    response.set('Content-Type', registry.contentType).send(await registry.metrics());
  });
  return router;
}
