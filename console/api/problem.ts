/** What can go wrong between page and gateway, in the gateway's own words. */

export interface ProblemDetail {
  /** The field, parameter or header at fault. */
  readonly path: string;
  readonly message: string;
}

/** The gateway refused: RFC 9457's title, and each fault by its path. */
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

/** Nobody answered: the connection's banner says so, once for all. */
export class GatewayUnreachable extends Error {
  constructor(options?: ErrorOptions) {
    super('the gateway does not answer', options);
    this.name = 'GatewayUnreachable';
  }
}

/** The title, then each detail on a line of its own. */
export function renderProblem(error: unknown): string {
  if (!(error instanceof ApiProblem)) return error instanceof Error ? error.message : String(error);
  return [error.message, ...error.errors.map(({ path, message }) => `${path}: ${message}`)].join('\n');
}

interface ProblemDocument {
  readonly title?: unknown;
  readonly errors?: unknown;
  /** Prometheus' own words, where the fault is a query's. */
  readonly error?: unknown;
}

/** An answer's body as a problem; one that is none (a proxy's) gets the status for words. */
export function parseProblem(status: number, body: string): ApiProblem {
  const { title, errors, error } = tryParse(body);
  const words = [error, title].find((each) => typeof each === 'string' && each !== '');
  const details = Array.isArray(errors) ? errors.filter(isDetail) : [];
  return new ApiProblem(status, typeof words === 'string' ? words : `the gateway answered ${status}`, details);
}

function tryParse(body: string): ProblemDocument {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return {}; // no JSON: the status has to do
  }
}

function isDetail(value: unknown): value is ProblemDetail {
  const detail = value as Partial<ProblemDetail> | null;
  return typeof detail?.path === 'string' && typeof detail.message === 'string';
}
