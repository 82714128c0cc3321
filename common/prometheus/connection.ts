/** One HTTP connection pool to a Prometheus (or what speaks its API): bounded in parallel calls, time and bytes. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import axios, { type AxiosResponse } from 'axios';
import type { Secret } from '../program/settings/secret.ts';
import { PrometheusError, type PrometheusFault } from './error.ts';
import { createSlots } from './slots.ts';

export interface BasicAuth {
  readonly username: string;
  readonly password: Secret;
}

export interface PrometheusOptions {
  /** Names it in errors. */
  readonly name: 'Prometheus' | 'Alertmanager';
  /** With any path prefix, without a trailing slash. */
  readonly url: string;
  readonly basicAuth?: BasicAuth | undefined;
  /** For a whole call, waiting for a free slot included. */
  readonly timeoutMs: number;
  readonly maxConcurrency: number;
  /** Of one answer, inflated. */
  readonly maxAnswerBytes: number;
  /** Told of each call's end; `seconds` includes the wait for a slot. */
  readonly onCall?: (outcome: CallOutcome, seconds: number) => void;
}

export type CallOutcome = 'answered' | PrometheusFault;
export const callOutcomes: readonly CallOutcome[] = ['answered', 'unavailable', 'timeout', 'too_large', 'aborted'];

export interface PrometheusCall {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** From `/`: `/api/v1/query`. */
  readonly path: string;
  /** In the query of a GET, the form of a POST: a long expression fits no URL. */
  readonly parameters?: URLSearchParams;
  /** The body of a POST, in place of a form. */
  readonly json?: unknown;
  /** Of the caller; the call ends when it is aborted. */
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
  /** `bypass` asks for what is stored now, at the instants asked for. Absent: what stands in between may help itself. */
  readonly caches?: 'bypass' | undefined;
}

/** VictoriaMetrics moves ranges to multiples of their step and hides the newest 30 s unless told so; Prometheus ignores it. */
const bypassParameter = ['nocache', '1'] as const;
/** For the query front ends of Mimir and Thanos. */
const bypassHeaders = { 'Cache-Control': 'no-store' } as const;

export interface PrometheusAnswer {
  readonly status: number;
  readonly body: Buffer;
}

export interface PrometheusConnection {
  /** Any HTTP status is an answer. Throws a `PrometheusError` when there is none. */
  call(call: PrometheusCall): Promise<PrometheusAnswer>;
  /** Calls that wait for a slot. */
  waiting(): number;
  /** Closes idle connections. */
  close(): void;
}

export function createPrometheusConnection(options: PrometheusOptions): PrometheusConnection {
  const agentOptions = { keepAlive: true, maxSockets: options.maxConcurrency };
  const httpAgent = new HttpAgent(agentOptions);
  const httpsAgent = new HttpsAgent(agentOptions);
  const slots = createSlots(options.maxConcurrency);
  const client = axios.create({
    baseURL: options.url,
    httpAgent,
    httpsAgent,
    proxy: false,
    maxRedirects: 0,
    maxContentLength: options.maxAnswerBytes,
    responseType: 'arraybuffer',
    transformResponse: [],
    validateStatus: () => true,
    headers: { 'User-Agent': 'hostpulse', 'Accept-Encoding': 'identity' },
    ...(options.basicAuth === undefined
      ? {}
      : { auth: { username: options.basicAuth.username, password: options.basicAuth.password.reveal() } }),
  });

  async function call(asked: PrometheusCall): Promise<PrometheusAnswer> {
    const start = process.hrtime.bigint();
    let outcome: CallOutcome = 'answered';
    try {
      return await tryCall(asked);
    } catch (thrown) {
      if (thrown instanceof PrometheusError) outcome = thrown.fault;
      throw thrown;
    } finally {
      options.onCall?.(outcome, Number(process.hrtime.bigint() - start) / 1e9);
    }
  }

  async function tryCall({ method, path, json, signal, timeoutMs = options.timeoutMs, ...asked }: PrometheusCall) {
    const isFresh = asked.caches === 'bypass';
    const parameters = isFresh
      ? new URLSearchParams([...(asked.parameters ?? []), [...bypassParameter]])
      : asked.parameters;
    const headers = {
      ...(isFresh ? bypassHeaders : {}),
      ...(json === undefined ? {} : { 'Content-Type': 'application/json' }),
    };
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), timeoutMs);
    const either = signal === undefined ? limit.signal : AbortSignal.any([limit.signal, signal]);
    try {
      const response = await slots.run(
        () =>
          client.request<Buffer>({
            method,
            url: path,
            signal: either,
            headers,
            ...(method === 'POST' && json === undefined ? { data: parameters } : { params: parameters }),
            ...(json === undefined ? {} : { data: JSON.stringify(json) }),
          }),
        either,
      );
      return answerOf(options.name, response);
    } catch (cause) {
      if (cause instanceof PrometheusError) throw cause;
      if (signal?.aborted) throw new PrometheusError('the caller went away', { fault: 'aborted', cause });
      if (limit.signal.aborted)
        throw new PrometheusError(`${options.name} did not answer within ${timeoutMs / 1000} s`, {
          fault: 'timeout',
          cause,
        });
      throw explain(cause, options);
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    call,
    waiting: () => slots.waiting(),
    close() {
      httpAgent.destroy();
      httpsAgent.destroy();
    },
  };
}

function answerOf(name: string, { status, data }: AxiosResponse<Buffer>): PrometheusAnswer {
  if (status === 403 && /lifecycle/i.test(data.toString('latin1', 0, 200)))
    throw new PrometheusError(`${name} takes no reload: start it with --web.enable-lifecycle`, {
      fault: 'unavailable',
    });
  if (status === 401 || status === 403)
    throw new PrometheusError(`${name} refuses the gateway's credentials`, { fault: 'unavailable' });
  return { status, body: data };
}

function explain(cause: unknown, { name, maxAnswerBytes }: PrometheusOptions): PrometheusError {
  if (axios.isAxiosError(cause) && cause.message.startsWith('maxContentLength')) {
    const message = `the answer is larger than ${maxAnswerBytes} bytes; ask for fewer series, a shorter time or a larger step`;
    return new PrometheusError(message, { fault: 'too_large', cause });
  }
  const code = (cause as { code?: unknown } | null)?.code;
  const detail = typeof code === 'string' ? ` (${code})` : '';
  return new PrometheusError(`${name} cannot be reached${detail}`, { fault: 'unavailable', cause });
}
