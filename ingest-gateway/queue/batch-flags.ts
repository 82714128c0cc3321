/** What is remembered of a batch in the queue beside its samples. */
export const batchFlags = {
  /** It may hold samples that Prometheus has with another value. */
  late: 1,
  /** It was accepted while nobody knew whether its host is scraped. */
  unchecked: 2,
} as const;
