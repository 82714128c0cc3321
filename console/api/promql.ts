/** PromQL by the gateway: whoever asks the same at the same time shares one request. */
import type { Api } from './client.ts';
import type { MatrixSeries, Sample, VectorSeries } from './promql-answer.ts';
import { createSharedCalls } from './shared-calls.ts';

export interface RangeQuery {
  readonly query: string;
  /** Epoch seconds, like the step. */
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

export interface InstantQuery {
  readonly query: string;
  /** Epoch seconds. */
  readonly time: number;
}

export interface Promql {
  range(query: RangeQuery, signal: AbortSignal): Promise<readonly MatrixSeries[]>;
  instant(query: InstantQuery, signal: AbortSignal): Promise<readonly VectorSeries[]>;
  /** What comes next is asked anew, even if it was asked a moment ago. */
  forget(): void;
}

/** A browser opens six connections to one host over HTTP/1.1: one is left for whether the gateway lives. */
const maxConcurrency = 5;

/** For who asks the same a moment later; an answer may be megabytes, and panels keep their own. */
const maxKept = 16;
const maxAgeMs = 5_000;

interface Answer<T> {
  readonly data: { readonly resultType: string; readonly result: T };
}

export function createPromql(api: Api): Promql {
  const calls = createSharedCalls({ maxConcurrency, maxKept, maxAgeMs, now: () => performance.now() });

  function ask<T>(path: string, parameters: Readonly<Record<string, string>>, signal: AbortSignal): Promise<T> {
    const form = new URLSearchParams(parameters);
    const load = async (shared: AbortSignal) => (await api.postForm<Answer<T>>(path, form, { signal: shared })).data;
    return calls.share(`${path}?${form}`, load, signal).then((data) => data.result);
  }

  return {
    range({ query, start, end, step }, signal) {
      const times = { start: String(start), end: String(end), step: String(step) };
      return ask('/api/v1/query_range', { query, ...times }, signal);
    },
    async instant({ query, time }, signal) {
      const form = { query, time: String(time) };
      const result = await ask<readonly VectorSeries[] | Sample>('/api/v1/query', form, signal);
      return isScalar(result) ? [{ metric: {}, value: result }] : result;
    },
    forget: () => calls.forget(),
  };
}

/** `vector(1)` is a vector, `1` is not. */
function isScalar(result: readonly VectorSeries[] | Sample): result is Sample {
  return typeof result[0] === 'number';
}
