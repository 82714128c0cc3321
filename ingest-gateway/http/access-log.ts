/** One line at level debug for each request, under its id. Queries stay out of it: a login link's token is one. */
import type { RequestHandler } from 'express';
import type { Log } from '../../common/program/log.ts';
import { requestIdOf } from './request-id.ts';

export function accessLog(log: Log): RequestHandler {
  if (!log.shows('debug')) return (_request, _response, next) => next();
  return (request, response, next) => {
    const startMs = performance.now();
    response.once('close', () => {
      log.debug('request', {
        method: request.method,
        path: request.path,
        status: response.statusCode,
        ms: Math.round(performance.now() - startMs),
        request_id: requestIdOf(response),
      });
    });
    next();
  };
}
