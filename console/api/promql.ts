/** PromQL queries by way of the gateway. Equal queries share one request. */

import type { Api } from './client.ts';
import { parseMatrix, type RangeSeries, type Sample, type TimeGrid, type VectorSeries } from './query-response.ts';
import { type Caller, createSharedCalls } from './shared-calls.ts';

export interface RangeQuery extends TimeGrid {
  readonly query: string;
}

export interface InstantQuery {
  readonly query: string;
  /** Epoch seconds. */
  readonly time: number;
}

export interface Promql {
  range(query: RangeQuery, caller: Caller): Promise<readonly RangeSeries[]>;
  instant(query: InstantQuery, caller: Caller): Promise<readonly VectorSeries[]>;
  /** Drops the cached answers, so that the next queries are sent again. */
  clear(): void;
}

/** A browser opens six connections to a host over HTTP/1.1. One stays free for health checks. */
const maxConcurrency = 5;

/** Answers can be megabytes, and panels hold their own. The cache serves equal queries sent shortly after each other. */
const maxCached = 16;
const maxAgeMs = 5_000;

/** Covers the frames between an answer and the queries that follow from it. */
const pauseMs = 100;

type InstantResult = readonly VectorSeries[] | Sample;

interface Asked<T> {
  readonly parameters: Readonly<Record<string, string>>;
  /** Parses the response body. */
  readonly parse: (body: string) => T;
  readonly caller: Caller;
}

export function createPromql(api: Api): Promql {
  const calls = createSharedCalls({
    maxConcurrency,
    maxCached,
    maxAgeMs,
    now: () => performance.now(),
    pause: () => new Promise((resolve) => setTimeout(resolve, pauseMs)),
  });

  function ask<T>(path: string, { parameters, parse, caller }: Asked<T>): Promise<T> {
    const form = new URLSearchParams(parameters);
    return calls.share(`${path}?${form}`, (shared) => api.postForm(path, { form, parse, signal: shared }), caller);
  }

  return {
    range({ query, ...grid }, caller) {
      const { start, end, step } = grid;
      const parameters = { query, start: String(start), end: String(end), step: String(step) };
      return ask('/api/v1/query_range', { parameters, parse: (body) => parseMatrix(body, grid), caller });
    },
    instant({ query, time }, caller) {
      return ask('/api/v1/query', { parameters: { query, time: String(time) }, parse: parseVector, caller });
    },
    clear: () => calls.clear(),
  };
}

function parseVector(body: string): readonly VectorSeries[] {
  const { result } = (JSON.parse(body) as { readonly data: { readonly result: InstantResult } }).data;
  return isScalar(result) ? [{ metric: {}, value: result }] : result;
}

/** Prometheus answers `1` with a scalar and `vector(1)` with a vector. */
function isScalar(result: InstantResult): result is Sample {
  return typeof result[0] === 'number';
}
