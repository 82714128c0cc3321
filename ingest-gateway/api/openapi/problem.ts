/** Problems as the document has them: one shape, and for each status when it is given. */
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
  .meta({ description: 'RFC 9457; `errors` names each fault by its place.' });

/** When each status is given. A status that is not here cannot be documented, so it is added here first. */
export const problemStatuses: Readonly<Record<number, string>> = {
  400: 'The request is malformed, or parameters or members are not valid; `errors` names each.',
  401: 'No credential, or one that is unknown, expired or revoked; `WWW-Authenticate` says which.',
  403: 'The credential lacks the scope or is bound to another host, or the write comes from a page of another site.',
  404: 'There is nothing of that name.',
  408: 'The body did not come in time.',
  409: 'There is one of that name already.',
  412: 'It was changed since the version that `If-Match` names.',
  413: 'The body is too long, as it came or inflated.',
  415: 'The type or encoding of the body is not taken.',
  421: 'A write without a key under a name that is not this gateway; `public_url` sets one.',
  422: 'Understood and refused: Prometheus or Alertmanager does not take it, or the answer would be too large.',
  429: 'Too many requests, or too many wrong credentials; `Retry-After` says when to come back.',
  500: 'A fault of the gateway; its log has the details under the request id.',
  503: 'What the call needs is away, or there is no room now; `Retry-After` says when to come back.',
};

export const retryAfterStatuses: readonly number[] = [429, 503];
