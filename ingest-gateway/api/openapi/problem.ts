/** Problems in the OpenAPI document: their schema, and the meaning of each status. */
import { z } from 'zod';

export const problem = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    errors: z
      .array(z.object({ path: z.string(), message: z.string(), line: z.int().optional(), column: z.int().optional() }))
      .optional(),
    errorType: z.string().optional(),
    error: z.string().optional(),
    rollback_error: z.string().optional().meta({ description: 'Why a failed rule change could not be undone yet.' }),
  })
  .meta({ description: 'RFC 9457; `errors` lists each fault with its place.' });

/** The document can only have statuses of this list. */
export const problemStatuses: Readonly<Record<number, string>> = {
  400: 'The request is malformed, or parameters or members are not valid; `errors` lists each fault.',
  401: 'The credential is missing, unknown, expired or revoked; `WWW-Authenticate` says which.',
  403: 'The credential lacks the scope or is bound to another host, or a page of another site sent the write.',
  404: 'The resource does not exist.',
  408: 'The body did not arrive in time.',
  409: 'A resource of that name exists, or the resource is in a state that does not allow the call.',
  412: 'The resource was changed since the revision in `If-Match`.',
  413: 'The body is too large, before or after decompression.',
  415: 'The type or encoding of the body is not supported.',
  421: 'A write with a session under a host name that is not the name of this gateway; `public_url` sets the name.',
  422: 'Prometheus or Alertmanager refuses the request, or the response would be too large.',
  429: 'Too many requests, or too many wrong credentials; `Retry-After` says when to retry.',
  500: 'An internal error; the log of the gateway has the details under the request id.',
  503: 'A component that the call needs is unavailable or overloaded; `Retry-After` says when to retry.',
};

export const retryAfterStatuses: readonly number[] = [429, 503];
