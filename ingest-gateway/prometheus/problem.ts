/** Errors as HTTP callers may see them: without addresses, paths and secrets. */
import { HttpProblem } from '../../common/http/problem.ts';
import { PrometheusError } from '../../common/prometheus/error.ts';

const retryAfterSeconds = '5';

/** Returns the problem of a `PrometheusError`, and every other value as it is. */
export function explainPrometheus(thrown: unknown): unknown {
  if (!(thrown instanceof PrometheusError)) return thrown;
  const { fault, errorType, message } = thrown;
  const options = {
    cause: thrown,
    // Members that clients of Prometheus' API read, such as Grafana.
    extensions: { errorType: errorType ?? fault, error: message },
  };
  switch (fault) {
    case 'rejected':
      return new HttpProblem(errorType === 'bad_data' ? 400 : 422, message, options);
    case 'too_large':
      return new HttpProblem(422, message, options);
    case 'unavailable':
    case 'timeout':
      return new HttpProblem(503, message, { ...options, headers: { 'Retry-After': retryAfterSeconds } });
    case 'aborted':
      return new HttpProblem(499, message, options); // the caller has gone and does not read it
  }
}

/** Returns the message of an error that callers may see. The message of another error may name paths or addresses. */
export function publicMessage(error: unknown): string {
  if (error instanceof HttpProblem || error instanceof PrometheusError) return error.message;
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' ? `failed with ${code}` : 'internal error; the log has the details';
}
