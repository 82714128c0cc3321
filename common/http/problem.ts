/** Error responses of the HTTP API: `application/problem+json`. Source: RFC 9457 */
import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import type { Log } from '../program/log.ts';

/** A fault of a request. `path` names the field, parameter or header. */
export interface ProblemDetail {
  readonly path: string;
  readonly message: string;
  /** Position in the text of the field, counted from 1. */
  readonly line?: number;
  readonly column?: number;
}

interface ProblemOptions extends ErrorOptions {
  readonly errors?: readonly ProblemDetail[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Additional members of the problem document. */
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** Thrown by handlers to answer with this status and title. Other errors are answered with 500 and no details. */
export class HttpProblem extends Error {
  readonly status: number;
  readonly title: string;
  readonly errors: readonly ProblemDetail[];
  readonly headers: Readonly<Record<string, string>>;
  readonly extensions: Readonly<Record<string, unknown>>;

  constructor(
    status: number,
    title: string,
    { errors = [], headers = {}, extensions = {}, ...options }: ProblemOptions = {},
  ) {
    super(title, options);
    this.name = 'HttpProblem';
    this.status = status;
    this.title = title;
    this.errors = errors;
    this.headers = headers;
    this.extensions = extensions;
  }
}

export function sendProblem(response: Response, { status, title, errors, headers, extensions }: HttpProblem): void {
  response.status(status).set(headers).type('application/problem+json');
  response.send(
    JSON.stringify({ type: 'about:blank', title, status, ...(errors.length > 0 ? { errors } : {}), ...extensions }),
  );
}

/** The last route: answers 404. */
export function notFound(): RequestHandler {
  return (request) => {
    throw new HttpProblem(404, `nothing is served at ${request.method} ${request.path}`);
  };
}

/** The last handler: sends problems, answers faults of body parsers with 4xx, logs other errors and answers 500. */
export function problemHandler(log: Log): ErrorRequestHandler {
  return (thrown: unknown, request, response, next) => {
    if (response.headersSent) return next(thrown);
    if (thrown instanceof HttpProblem) return sendProblem(response, thrown);
    const status = statusOf(thrown);
    if (status !== undefined) return sendProblem(response, new HttpProblem(status, (thrown as Error).message));
    log.error('a request failed', {
      method: request.method,
      path: request.path,
      request_id: response.get('X-Request-Id'),
      error: thrown,
    });
    sendProblem(response, new HttpProblem(500, 'internal error; the log has the details'));
  };
}

/** Returns the 4xx status that express' body parsers set on their errors. */
function statusOf(thrown: unknown): number | undefined {
  const status = (thrown as { status?: unknown } | null)?.status;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}
