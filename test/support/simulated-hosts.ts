/** Simulates hosts that push to a gateway, and records every sample that the gateway accepted. */
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { seriesKey, writeBody, writeHeaders } from './pushes.ts';

export interface PushedSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** [ms, value]. */
  readonly points: readonly (readonly [number, number])[];
}

export interface HostPush {
  readonly host: string;
  readonly series: readonly PushedSeries[];
}

/** Values by time in milliseconds, by series as `seriesKey` writes it, by host. */
export type SamplesByHost = ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<number, number>>>;

export interface SimulatedHostsOptions {
  readonly url: string;
  readonly key: string;
  /** Number of hosts. */
  readonly hosts: number;
  /** Yields the pushes of one host. Each push is accepted before the next is requested. Must end when `stopping` is aborted. */
  readonly pushesOf: (index: number, stopping: AbortSignal) => AsyncIterable<HostPush>;
  /** Returns whether a push with this response status is sent again. Any other status than 2xx is an error. */
  readonly isRepeated: (status: number) => boolean;
  /** The pause before a push is sent again. */
  readonly pauseMs: number;
  /** The longest time of a request, after which the push is sent again. Default: no limit. */
  readonly requestLimitMs?: number;
}

export interface SimulatedHosts {
  readonly accepted: SamplesByHost;
  readonly counts: { readonly pushes: number; readonly repeated: number; readonly samples: number };
  /** Stops new pushes and waits until every push in flight is accepted. Throws when the gateway refused a push. */
  stop(): Promise<void>;
  /** Stops new pushes and does not repeat the pushes in flight. */
  abandon(): void;
}

/** Starts the hosts. Hosts with an even index push JSON, hosts with an odd index push by remote write. */
export function startSimulatedHosts(options: SimulatedHostsOptions): SimulatedHosts {
  const { url, key, hosts, pushesOf, isRepeated, pauseMs, requestLimitMs } = options;
  const accepted = new Map<string, Map<string, Map<number, number>>>();
  const counts = { pushes: 0, repeated: 0, samples: 0 };
  const stopping = new AbortController();
  let isAbandoned = false;

  async function runHost(index: number): Promise<void> {
    for await (const push of pushesOf(index, stopping.signal)) {
      if (!(await sendUntilAccepted(index % 2 === 1 ? writeRequest(push) : collectRequest(push)))) return;
      record(push);
    }
  }

  /** Returns false when the hosts were abandoned before the gateway accepted the push. */
  async function sendUntilAccepted({ path, headers, body }: PushRequest): Promise<boolean> {
    for (let attempt = 0; !isAbandoned; attempt += 1) {
      if (attempt === 1) counts.repeated += 1;
      const answer = await fetch(`${url}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, ...headers },
        body,
        ...(requestLimitMs !== undefined && { signal: AbortSignal.timeout(requestLimitMs) }),
      })
        .then(async (response) => ({ status: response.status, text: await response.text() }))
        .catch(() => undefined); // no response, as when a program was killed: the push is sent again
      if (answer?.status === 204 || (answer?.status === 202 && answer.text.includes('"rejected":0,'))) return true;
      if (answer !== undefined && !isRepeated(answer.status))
        throw new Error(`${path}: status ${answer.status}: ${answer.text.slice(0, 300)}`);
      await sleep(pauseMs);
    }
    return false;
  }

  function record({ host, series }: HostPush): void {
    counts.pushes += 1;
    const ofHost = accepted.get(host) ?? new Map<string, Map<number, number>>();
    accepted.set(host, ofHost);
    for (const { labels, points } of series) {
      const name = seriesKey(labels);
      const values = ofHost.get(name) ?? new Map<number, number>();
      ofHost.set(name, values);
      for (const [timeMs, value] of points) values.set(timeMs, value);
      counts.samples += points.length;
    }
  }

  const running = Promise.all(Array.from({ length: hosts }, (_, index) => runHost(index)));
  running.catch(() => stopping.abort()); // stop() throws the error
  return {
    accepted,
    counts,
    async stop() {
      stopping.abort();
      await running;
    },
    abandon() {
      isAbandoned = true;
      stopping.abort();
    },
  };
}

interface PushRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

function writeRequest({ series }: HostPush): PushRequest {
  return { path: '/api/v1/write', headers: writeHeaders, body: writeBody(series) };
}

function collectRequest({ host, series }: HostPush): PushRequest {
  const metrics = series.map(({ labels: { __name__: name, instance: _instance, job: _job, ...tags }, points }) => ({
    name,
    tags,
    points,
  }));
  return {
    path: '/api/v1/metrics/collect',
    headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    body: gzipSync(JSON.stringify({ host, metrics })),
  };
}
