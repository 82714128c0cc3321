/** Why Prometheus gave no answer, in words that hold no address and no secret: they may be shown to any caller. */

export type PrometheusFault =
  /** It cannot be reached, is starting, refuses our credentials, or what answers is not Prometheus. */
  | 'unavailable'
  /** It took longer than the time given. */
  | 'timeout'
  /** Its answer is larger than the bound. */
  | 'too_large'
  /** It understood and refused; `errorType` and the message are its own words. */
  | 'rejected'
  /** The caller went away. */
  | 'aborted';

interface PrometheusErrorOptions extends ErrorOptions {
  readonly fault: PrometheusFault;
  /** Prometheus' own: `bad_data`, `execution`, ...; with `rejected` only. */
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
