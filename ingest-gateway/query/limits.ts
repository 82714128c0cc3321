/** Limits of queries to Prometheus, from the settings. */
export interface QueryLimits {
  readonly timeoutMs: number;
  readonly maxSeries: number;
  /** Configured retention of the tiers; absent for the default. */
  readonly keptMs?: Readonly<Record<'raw' | '1m', number>>;
}
