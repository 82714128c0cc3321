/** Every request has an id: the caller's own where it sent a usable one, so that its logs and ours can be joined. */
import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';

const header = 'X-Request-Id';
const name = header.toLowerCase();

export function requestId(): RequestHandler {
  return (request, response, next) => {
    const given = request.headers[name];
    response.setHeader(header, typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID());
    next();
  };
}

/** The id of the request that this answers. */
export function requestIdOf(response: { get(name: string): string | undefined }): string | undefined {
  return response.get(header);
}
