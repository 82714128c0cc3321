/** `GET /-/healthy` and `GET /-/ready`, as in Prometheus. */
import { Router } from 'express';
import type { RouteContext } from './route.ts';

export function health({ isReady }: RouteContext): Router {
  const router = Router();
  router.get('/-/healthy', (_request, response) => {
    response.type('text/plain').send('healthy\n');
  });
  router.get('/-/ready', (_request, response) => {
    const ready = isReady();
    response
      .status(ready ? 200 : 503)
      .type('text/plain')
      .send(ready ? 'ready\n' : 'not ready: starting or stopping\n');
  });
  return router;
}
