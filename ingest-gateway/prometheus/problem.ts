/** Prometheus' faults as the API tells them. */
import { HttpProblem } from '../../common/http/problem.ts';
import { PrometheusError } from '../../common/prometheus/error.ts';

/** Seconds after which asking again makes sense when Prometheus is away. */
const retryAfterSeconds = '5';

/** The problem of a `PrometheusError`; anything else is thrown on as it is. */
export function explainPrometheus(thrown: unknown): unknown {
  if (!(thrown instanceof PrometheusError)) return thrown;
  const { fault, errorType, message } = thrown;
  const options = {
    cause: thrown,
    // The members that Prometheus' own clients look for, Grafana among them.
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
      return new HttpProblem(499, message, options); // nobody reads it: the caller is gone
  }
}
