/** Request ids, and one debug log line per request. */
import { randomUUID } from 'node:crypto';
import type { RequestHandler, Response } from 'express';
import type { Log } from '../../common/program/log.ts';

const header = 'X-Request-Id';

/** Gives every request an id, by default the caller's own, so that the logs of both sides can be joined. */
export function requestId(): RequestHandler {
  return (request, response, next) => {
    const given = request.headers['x-request-id'];
    response.setHeader(header, typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID());
    next();
  };
}

/** Logs every request at level debug. The query string is left out, because it contains the token of a login link. */
export function requestLog(log: Log): RequestHandler {
  if (!log.shows('debug')) return (_request, _response, next) => next();
  return (request, response: Response, next) => {
    const startMs = performance.now();
    response.once('close', () => {
      log.debug('request', {
        method: request.method,
        path: request.path,
        status: response.statusCode,
        ms: Math.round(performance.now() - startMs),
        request_id: response.get(header),
      });
    });
    next();
  };
}
