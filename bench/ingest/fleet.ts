/**
 * Simulates a fleet of hosts that push over HTTP: every 5 s with a random phase and jitter per host, or as fast as the
 * receiver accepts. A push that fails is sent again, as agents do.
 */
import { Agent, type OutgoingHttpHeaders, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from '../measure/statistics.ts';
import { createBodies, type FleetProtocol, type HostBodies } from './fleet-bodies.ts';
import { fleetSeries } from './fleet-series.ts';

export interface FleetOptions {
  /** URL without a path. */
  readonly url: string;
  readonly key?: string | undefined;
  readonly protocol: FleetProtocol;
  readonly hosts: number;
  /** Number of the first host, for several fleets at once; default 0. */
  readonly firstHost?: number;
  readonly seriesPerHost: number;
  readonly seconds: number;
  /** Samples per series in one push, 5 s apart: 1 for live data, more for a backlog. */
  readonly instantsPerPush: number;
  /** `paced`: each host pushes every 5 s. `saturated`: `inFlight` pushes are always in flight. */
  readonly pace: { readonly kind: 'paced' } | { readonly kind: 'saturated'; readonly inFlight: number };
}

export interface FleetReport {
  readonly acceptedSamples: number;
  readonly pushes: number;
  /** Responses other than 2xx and requests without a response. */
  readonly failures: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** First and last instant, both included. */
  readonly fromMs: number;
  readonly toMs: number;
}

const intervalMs = 5_000;

export async function runFleet(options: FleetOptions): Promise<FleetReport> {
  const { hosts, firstHost = 0, seriesPerHost, protocol, seconds, instantsPerPush, pace } = options;
  const makeHost = createBodies({ protocol, series: fleetSeries(seriesPerHost) });
  const fleet = Array.from({ length: hosts }, (_, at) => makeHost(`host-${firstHost + at}`));
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  const latencies: number[] = [];
  let [pushes, failures] = [0, 0];
  const beganMs = Date.now();
  const endMs = beganMs + seconds * 1_000;
  const gridMs = Math.floor(beganMs / intervalMs) * intervalMs;
  let [fromMs, toMs] = [Number.POSITIVE_INFINITY, 0];

  async function push(host: HostBodies, newestMs: number): Promise<void> {
    const timesMs = Array.from(
      { length: instantsPerPush },
      (_, at) => newestMs - (instantsPerPush - 1 - at) * intervalMs,
    );
    const body = host.body(timesMs);
    for (;;) {
      const startMs = performance.now();
      const status = await post({ ...options, agent, host: host.host, body });
      if (status >= 200 && status < 300) {
        latencies.push(performance.now() - startMs);
        break;
      }
      failures += 1;
      if (status !== 0 && status !== 429 && status < 500) throw new Error(`a push was answered ${status}`);
      await sleep(200 + Math.random() * 300);
    }
    pushes += 1;
    fromMs = Math.min(fromMs, timesMs[0] as number);
    toMs = Math.max(toMs, newestMs);
  }

  async function runPaced(host: HostBodies): Promise<void> {
    const phaseMs = Math.random() * intervalMs;
    for (let atMs = gridMs + intervalMs; atMs <= endMs; atMs += intervalMs) {
      await sleep(Math.max(0, atMs + phaseMs + Math.random() * 200 - Date.now()));
      await push(host, atMs);
    }
  }

  /** Instant of live samples. A backlog covers the day before, host by host. */
  async function runSaturated(at: number, inFlight: number): Promise<void> {
    const own = fleet.filter((_, index) => index % inFlight === at);
    if (own.length === 0) return;
    const spanMs = instantsPerPush * intervalMs;
    let backlogMs = gridMs - 20 * 3_600_000;
    for (;;) {
      backlogMs += spanMs;
      for (const host of own) {
        if (Date.now() >= endMs) return;
        await push(host, instantsPerPush === 1 ? Date.now() : backlogMs);
      }
      await sleep(1); // so that no host has two samples at one instant
    }
  }

  try {
    if (pace.kind === 'paced') await Promise.all(fleet.map(runPaced));
    else await Promise.all(Array.from({ length: pace.inFlight }, (_, at) => runSaturated(at, pace.inFlight)));
  } finally {
    agent.destroy();
  }
  return {
    acceptedSamples: pushes * seriesPerHost * instantsPerPush,
    pushes,
    failures,
    seconds: (Date.now() - beganMs) / 1_000,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    fromMs,
    toMs,
  };
}

const paths: Readonly<Record<FleetProtocol, string>> = {
  json: '/api/v1/metrics/collect',
  remote_write: '/api/v1/write',
};

const contents: Readonly<Record<FleetProtocol, OutgoingHttpHeaders>> = {
  json: { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' },
  remote_write: {
    'Content-Type': 'application/x-protobuf',
    'Content-Encoding': 'snappy',
    'X-Prometheus-Remote-Write-Version': '0.1.0',
  },
};

interface Post extends Pick<FleetOptions, 'url' | 'key' | 'protocol'> {
  readonly agent: Agent;
  readonly host: string;
  readonly body: Uint8Array;
}

/** Returns the status; 0 without a response. */
function post({ url, key, protocol, agent, host, body }: Post): Promise<number> {
  return new Promise((resolve) => {
    const headers = {
      ...contents[protocol],
      'X-Hostpulse-Host': host, // the gateway counts requests of each host
      'Content-Length': body.length,
      ...(key === undefined ? {} : { Authorization: `Bearer ${key}` }),
    };
    request(`${url}${paths[protocol]}`, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
      response.on('error', () => resolve(0));
    })
      .on('error', () => resolve(0))
      .end(body);
  });
}
