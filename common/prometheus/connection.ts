/** An HTTP connection pool to Prometheus or a compatible server, with limits on parallel calls, time and response size. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import axios, { type AxiosResponse } from 'axios';
import { type HttpHeaders, revealHeaders } from '../program/settings/http-headers.ts';
import type { Secret } from '../program/settings/secret.ts';
import { PrometheusError, type PrometheusFault } from './error.ts';

export interface BasicAuth {
  readonly username: string;
  readonly password: Secret;
}

export interface PrometheusOptions {
  /** For error messages. */
  readonly name: 'Prometheus' | 'Alertmanager';
  /** With the path prefix if there is one, without a trailing slash. */
  readonly url: string;
  readonly basicAuth?: BasicAuth | undefined;
  /** Sent with every request, such as the tenant of Mimir. */
  readonly headers?: HttpHeaders | undefined;
  /** Limit of a call, including the wait for a free slot. */
  readonly timeoutMs: number;
  readonly maxConcurrency: number;
  /** Parallel calls of one caller. Default: `maxConcurrency`. */
  readonly maxConcurrencyPerCaller?: number;
  /** Limit of a response body. */
  readonly maxAnswerBytes: number;
  /** Called at the end of each call; `seconds` includes the wait for a slot. */
  readonly onCall?: (outcome: CallOutcome, seconds: number) => void;
}

export type CallOutcome = 'answered' | PrometheusFault;
export const callOutcomes: readonly CallOutcome[] = ['answered', 'unavailable', 'timeout', 'too_large', 'aborted'];

export interface PrometheusCall {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** The path below the URL, such as `/api/v1/query`. */
  readonly path: string;
  /** Sent in the URL of a GET and in the form of a POST, since URLs have a length limit. */
  readonly parameters?: URLSearchParams;
  /** The body of a POST without a form. */
  readonly json?: unknown;
  /** Ends the call when it is aborted. */
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
  /** Names the user whose call it is. Callers that wait for a slot take turns. */
  readonly caller?: string | undefined;
  /** `bypass` evaluates exactly at the given instants, with the newest samples. By default query caches may answer. */
  readonly caches?: 'bypass' | undefined;
}

/** Without `nocache` VictoriaMetrics aligns ranges to their step and hides the newest 30 s. Prometheus ignores the parameter. */
const bypassParameter = ['nocache', '1'] as const;
/** Read by the query frontends of Mimir and Thanos. */
const bypassHeaders = { 'Cache-Control': 'no-store' } as const;

export interface PrometheusAnswer {
  readonly status: number;
  readonly body: Buffer;
}

export interface PrometheusConnection {
  /** Returns responses of any status, except 401 and 403. Throws a `PrometheusError` for those, and if there is no response. */
  call(call: PrometheusCall): Promise<PrometheusAnswer>;
  /** Returns the number of calls that wait for a slot. */
  waiting(): number;
  /** Closes idle connections. */
  close(): void;
}

/** Returns the connection for the calls of one user. */
export function asCaller(connection: PrometheusConnection, caller: string): PrometheusConnection {
  return { ...connection, call: (call) => connection.call({ ...call, caller }) };
}

export function createPrometheusConnection(options: PrometheusOptions): PrometheusConnection {
  const agentOptions = { keepAlive: true, maxSockets: options.maxConcurrency };
  const httpAgent = new HttpAgent(agentOptions);
  const httpsAgent = new HttpsAgent(agentOptions);
  const slots = createSlots({
    count: options.maxConcurrency,
    perCaller: options.maxConcurrencyPerCaller ?? options.maxConcurrency,
  });
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
    headers: { ...revealHeaders(options.headers), 'User-Agent': 'hostpulse', 'Accept-Encoding': 'identity' },
    ...(options.basicAuth === undefined
      ? {}
      : { auth: { username: options.basicAuth.username, password: options.basicAuth.password.reveal() } }),
  });

  async function call(asked: PrometheusCall): Promise<PrometheusAnswer> {
    const start = process.hrtime.bigint();
    let outcome: CallOutcome = 'answered';
    try {
      return await send(asked);
    } catch (thrown) {
      if (thrown instanceof PrometheusError) outcome = thrown.fault;
      throw thrown;
    } finally {
      options.onCall?.(outcome, Number(process.hrtime.bigint() - start) / 1e9);
    }
  }

  async function send({ method, path, json, signal, timeoutMs = options.timeoutMs, ...asked }: PrometheusCall) {
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
        asked.caller,
      );
      return readResponse(options.name, response);
    } catch (cause) {
      if (cause instanceof PrometheusError) throw cause;
      if (signal?.aborted) throw new PrometheusError('the caller disconnected', { fault: 'aborted', cause });
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

/** Throws a `PrometheusError` if the server refuses the credentials or does not allow reloads. */
function readResponse(name: string, { status, data }: AxiosResponse<Buffer>): PrometheusAnswer {
  if (status === 403 && /lifecycle/i.test(data.toString('latin1', 0, 200)))
    throw new PrometheusError(`${name} does not allow reloads: start it with --web.enable-lifecycle`, {
      fault: 'unavailable',
    });
  if (status === 401 || status === 403)
    throw new PrometheusError(`${name} refuses the gateway's credentials`, { fault: 'unavailable' });
  return { status, body: data };
}

function explain(cause: unknown, { name, maxAnswerBytes }: PrometheusOptions): PrometheusError {
  if (axios.isAxiosError(cause) && cause.message.startsWith('maxContentLength')) {
    const message = `the response is larger than ${maxAnswerBytes} bytes; query fewer series, a shorter range or a larger step`;
    return new PrometheusError(message, { fault: 'too_large', cause });
  }
  const code = (cause as { code?: unknown } | null)?.code;
  const detail = typeof code === 'string' ? ` (${code})` : '';
  return new PrometheusError(`${name} cannot be reached${detail}`, { fault: 'unavailable', cause });
}

/** Limits of parallel tasks: at most `count` run, at most `perCaller` of them for one caller. Callers that wait take turns. */
interface SlotLimits {
  readonly count: number;
  /** Limit of each named caller. Default: `count`. */
  readonly perCaller?: number;
}

interface Slots {
  /**
   * Runs `task` once a slot is free. The tasks of one caller start in the order of their calls. Rejects with the signal's reason
   * if the signal is aborted before.
   */
  run<T>(task: () => Promise<T>, signal: AbortSignal, caller?: string): Promise<T>;
  /** Returns the number of tasks that wait for a slot. */
  waiting(): number;
}

interface Caller {
  running: number;
  /** Starts each waiting task, in the order of the calls. */
  readonly queue: Set<() => void>;
}

export function createSlots({ count, perCaller = count }: SlotLimits): Slots {
  /** Callers with a task that runs or waits; the caller whose turn was longest ago comes first. */
  const callers = new Map<string | undefined, Caller>();
  let free = count;

  const mayStart = (name: string | undefined, { running }: Caller): boolean =>
    free > 0 && (name === undefined || running < perCaller);

  function take(name: string | undefined, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const caller = callers.get(name) ?? { running: 0, queue: new Set() };
    callers.set(name, caller);
    if (mayStart(name, caller)) {
      start(caller);
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const grant = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        caller.queue.delete(grant);
        forget(name, caller);
        reject(signal.reason as Error);
      };
      caller.queue.add(grant);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  function start(caller: Caller): void {
    free -= 1;
    caller.running += 1;
  }

  function release(name: string | undefined): void {
    const caller = callers.get(name) as Caller;
    free += 1;
    caller.running -= 1;
    forget(name, caller);
    for (const [each, waiting] of callers) {
      const [next] = waiting.queue;
      if (next === undefined || !mayStart(each, waiting)) continue;
      waiting.queue.delete(next);
      callers.delete(each); // to the end of the line
      callers.set(each, waiting);
      start(waiting);
      return next();
    }
  }

  function forget(name: string | undefined, { running, queue }: Caller): void {
    if (running === 0 && queue.size === 0) callers.delete(name);
  }

  async function run<T>(task: () => Promise<T>, signal: AbortSignal, caller?: string): Promise<T> {
    await take(caller, signal);
    try {
      return await task();
    } finally {
      release(caller);
    }
  }

  return {
    run,
    waiting: () => [...callers.values()].reduce((sum, { queue }) => sum + queue.size, 0),
  };
}
