/** Defines the errors of API calls. */
import { formatClock } from '../format/values.ts';

export interface ProblemDetail {
  /** Field, parameter or header that is invalid. */
  readonly path: string;
  readonly message: string;
}

/** An error response of the API (RFC 9457): its title, and a message for each invalid field. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly errors: readonly ProblemDetail[];

  constructor(status: number, title: string, errors: readonly ProblemDetail[] = []) {
    super(title);
    this.name = 'ApiProblem';
    this.status = status;
    this.errors = errors;
  }
}

export interface Outage {
  readonly what: 'gateway' | 'prometheus';
  /** When the page noticed that the program stopped answering. Absent when the program has not answered since the page was opened. */
  readonly sinceMs?: number;
}

const programs = { gateway: 'The gateway', prometheus: 'Prometheus' } as const;

/** Returns `Prometheus is not answering since 12:03:10`. */
export function outageText({ what, sinceMs }: Outage): string {
  return `${programs[what]} is not answering${sinceMs === undefined ? '' : ` since ${formatClock(sinceMs)}`}`;
}

/** The error of a request without a response. The banner of the page reports the outage once. */
export class NotAnswering extends Error {
  constructor(what: Outage['what'], options?: ErrorOptions) {
    super(outageText({ what }), options);
    this.name = 'NotAnswering';
  }
}

/** Returns true when a program did not answer: the data on the screen stay, and the request is repeated after the outage. */
export function isNotAnswering(error: unknown): boolean {
  return error instanceof NotAnswering || (error instanceof ApiProblem && [502, 503, 504].includes(error.status));
}

/** Returns the title, then one line for each invalid field. */
export function renderProblem(error: unknown): string {
  if (!(error instanceof ApiProblem)) return error instanceof Error ? error.message : String(error);
  return [error.message, ...error.errors.map(({ path, message }) => `${path}: ${message}`)].join('\n');
}

interface ProblemDocument {
  readonly title?: unknown;
  readonly errors?: unknown;
  /** Prometheus' message about an invalid query. */
  readonly error?: unknown;
}

/**
 * Parses the body of an error response. When the body is not a problem document, such as the body of a proxy's response, the message
 * names the status.
 */
export function parseProblem(status: number, body: string): ApiProblem {
  const { title, errors, error } = tryParse(body);
  const words = [error, title].find((each) => typeof each === 'string' && each !== '');
  const details = Array.isArray(errors) ? errors.filter(isDetail) : [];
  return new ApiProblem(
    status,
    typeof words === 'string' ? words : `The gateway answered with status ${status}`,
    details,
  );
}

function tryParse(body: string): ProblemDocument {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return {}; // not JSON: the message names the status
  }
}

function isDetail(value: unknown): value is ProblemDetail {
  const detail = value as Partial<ProblemDetail> | null;
  return typeof detail?.path === 'string' && typeof detail.message === 'string';
}
