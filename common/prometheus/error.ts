/** Errors of calls to Prometheus. Their messages contain no address and no secret, so that any caller may see them. */

export type PrometheusFault =
  /** Prometheus cannot be reached, is starting, refuses the credentials, or the server is not Prometheus. */
  | 'unavailable'
  /** The call exceeded its time limit. */
  | 'timeout'
  /** The response exceeds its size limit. */
  | 'too_large'
  /** Prometheus refused the request; the error has its `errorType` and message. */
  | 'rejected'
  /** The caller disconnected. */
  | 'aborted';

interface PrometheusErrorOptions extends ErrorOptions {
  readonly fault: PrometheusFault;
  /** As in Prometheus' API, such as `bad_data` and `execution`. */
  readonly errorType?: string;
}

export class PrometheusError extends Error {
  readonly fault: PrometheusFault;
  readonly errorType: string | undefined;

  constructor(message: string, { fault, errorType, ...options }: PrometheusErrorOptions) {
    super(message, options);
    this.name = 'PrometheusError';
    this.fault = fault;
    this.errorType = errorType;
  }
}
