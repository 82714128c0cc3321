/** Sends the records of the busiest processes to the gateway, beside the samples: retried with backoff, removed once accepted. */
import { type Log, messageOf } from '../../common/program/log.ts';
import { backoffMs } from '../../common/program/retry.ts';
import type { Secret } from '../../common/program/settings/secret.ts';
import { createCompress } from '../http/http-response.ts';
import type { TopBuffer } from './buffer/top-buffer.ts';
import type { StoredTopRecord } from './buffer/top-table.ts';
import { createHttpTransport } from './protocols/http-transport.ts';
import { outcomeOfHttp, type PushOutcome } from './protocols/outcome.ts';
import { authorization } from './protocols/sender.ts';
import type { TlsFiles } from './protocols/tls-files.ts';
import type { Clock } from './sampler/clock.ts';

export interface TopSenderOptions {
  /** URL of the gateway, with or without a path. */
  readonly serverUrl: string;
  readonly apiKey: Secret | undefined;
  readonly tls: TlsFiles;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly host: string;
  readonly version: string;
  readonly buffer: TopBuffer;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Log;
}

export interface TopSender {
  start(): void;
  /** Tells the sender that a record was appended. */
  wake(): void;
  /** Aborts the request in flight; its records stay in the buffer. Idempotent. */
  stop(): Promise<void>;
  /** After `stop`: sends the pending records once, within the time. */
  flush(limitMs: number): Promise<void>;
  close(): void;
}

const timeoutMs = 30_000;
/** An hour of records a request. */
const maxRecords = 60;
/** At most six requests a minute, which leave the quota of the gateway to the samples. */
const spacingMs = 10_000;
const backoff = { firstMs: 10_000, maxMs: 300_000 } as const;
/** Until a receiver that does not know the call, such as Mimir or an older gateway, is asked again. */
const unknownCallMs = 3_600_000;
const longestWaitMs = unknownCallMs + 60_000;

/** Throws when a TLS file cannot be read. */
export function createTopSender(options: TopSenderOptions): TopSender {
  const { serverUrl, apiKey, tls, environment, host, version, buffer, clock, random, log } = options;
  const url = topUrl(serverUrl);
  const gzip = createCompress('gzip');
  const stopping = new AbortController();
  const transport = createHttpTransport({
    url,
    tls,
    environment,
    timeoutMs,
    headers: {
      'Content-Type': 'application/json',
      'Content-Encoding': 'gzip',
      'User-Agent': `hostpulse-exporter/${version}`,
      ...authorization(apiKey),
    },
  });
  let awake = Promise.withResolvers<void>();
  let running: Promise<void> = Promise.resolve();
  let attempts = 0;
  let fault: string | undefined;

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const records = buffer.peek(maxRecords);
      if (records.length === 0) {
        await awake.promise;
        awake = Promise.withResolvers<void>();
        continue;
      }
      const waitMs = await attempt(records, stopping.signal);
      await clock.sleep(Math.min(waitMs, longestWaitMs), stopping.signal);
    }
  }

  /** Returns the time until the next request. */
  async function attempt(records: readonly StoredTopRecord[], signal: AbortSignal): Promise<number> {
    const { status, outcome } = await send(records, signal);
    if (signal.aborted && outcome.kind !== 'ok') return 0;
    if (outcome.kind === 'retry') return noteRetry(status, outcome);
    buffer.acknowledge((records.at(-1) as StoredTopRecord).id);
    attempts = 0;
    if (outcome.kind === 'drop')
      log.error('the gateway refuses records of processes permanently; they are deleted', {
        records: records.length,
        detail: outcome.detail,
      });
    else if (fault !== undefined) log.info('records of processes are accepted again');
    fault = outcome.kind === 'drop' ? outcome.detail : undefined;
    return spacingMs;
  }

  function noteRetry(status: number | undefined, { detail, afterMs }: PushOutcome & { kind: 'retry' }): number {
    attempts += 1;
    const isUnknownCall = status === 404 || status === 405;
    const waitMs = isUnknownCall ? unknownCallMs : (afterMs ?? backoffMs({ attempts, ...backoff, random }));
    if (fault === undefined) {
      const place = { to: url.origin, detail, in_ms: Math.round(waitMs) };
      if (isUnknownCall)
        log.info('the receiver keeps no records of processes; they stay in the buffer for 48 h', place);
      else log.warn('records of processes cannot be sent; they stay in the buffer for 48 h', place);
    }
    fault = detail;
    return waitMs;
  }

  async function send(records: readonly StoredTopRecord[], signal: AbortSignal) {
    try {
      const body = JSON.stringify({ host, records: records.map(({ record }) => record) });
      const response = await transport.post(gzip([body]), signal);
      const outcome = outcomeOfHttp(response, clock.now());
      if (outcome.kind === 'retry') transport.renew();
      return { status: response.status, outcome };
    } catch (error) {
      transport.renew();
      const outcome: PushOutcome = { kind: 'retry', reason: 'network', detail: messageOf(error) };
      return { status: undefined, outcome };
    }
  }

  return {
    start() {
      running = run();
    },
    wake: () => awake.resolve(),
    async stop() {
      stopping.abort();
      awake.resolve();
      await running;
    },
    async flush(limitMs) {
      const records = buffer.peek(maxRecords);
      // A failed request is not repeated while the exporter waits to stop.
      if (records.length === 0 || fault !== undefined) return;
      const limit = new AbortController();
      const over = clock.sleep(limitMs, limit.signal).then(() => limit.abort());
      await attempt(records, limit.signal);
      limit.abort();
      await over;
    },
    close: () => transport.close(),
  };
}

/** Returns the URL of the call below the gateway's URL, which may be that of its remote write. */
export function topUrl(serverUrl: string): URL {
  const url = new URL(serverUrl);
  const base = url.pathname.replace(/\/$/, '').replace(/\/api\/v1\/write$/, '');
  url.pathname = `${base}/api/v1/top`;
  return url;
}
